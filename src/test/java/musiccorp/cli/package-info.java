@NullMarked
package musiccorp.cli;

import org.jspecify.annotations.NullMarked;
