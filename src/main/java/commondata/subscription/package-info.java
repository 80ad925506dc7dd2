/** Readers of the log: handlers, and the poller that calls them. */
@NullMarked
package commondata.subscription;

import org.jspecify.annotations.NullMarked;
