/** Tests of the chaos run, and a short one on real processes. */
@NullMarked
package musiccorp.chaos;

import org.jspecify.annotations.NullMarked;
