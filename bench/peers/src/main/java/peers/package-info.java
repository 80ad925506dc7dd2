/**
 * Commondata and its peers, measured in one run, on one server, with the same work. Depends on the
 * product; nothing depends on it.
 */
@NullMarked
package peers;

import org.jspecify.annotations.NullMarked;
