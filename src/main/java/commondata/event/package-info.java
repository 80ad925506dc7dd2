/** Events: committed facts in the shared log, and how they get there. */
@NullMarked
package commondata.event;

import org.jspecify.annotations.NullMarked;
