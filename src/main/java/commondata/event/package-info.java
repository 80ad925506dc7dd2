/** Events: committed facts in the shared outbox. */
@NullMarked
package commondata.event;

import org.jspecify.annotations.NullMarked;
