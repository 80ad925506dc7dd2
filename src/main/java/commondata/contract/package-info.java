/** What services say to each other: JSON Schemas by event type and version, and their rules. */
@NullMarked
package commondata.contract;

import org.jspecify.annotations.NullMarked;
