/** {@code ./commondata bench}: measures, printed with the settings they were made with. */
@NullMarked
package musiccorp.bench;

import org.jspecify.annotations.NullMarked;
