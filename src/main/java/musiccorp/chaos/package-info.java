/**
 * {@code ./commondata chaos}: real nodes on a real server, which are made to fail at named places
 * and by a seeded plan; then everything is healed, drained and checked.
 */
@NullMarked
package musiccorp.chaos;

import org.jspecify.annotations.NullMarked;
