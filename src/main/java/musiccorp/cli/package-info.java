/** The command line. Data goes to stdout, everything else to stderr. */
@NullMarked
package musiccorp.cli;

import org.jspecify.annotations.NullMarked;
