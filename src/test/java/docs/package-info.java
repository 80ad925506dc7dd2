/** The documents, tested: links lead somewhere, commands run, output looks as it is shown. */
@NullMarked
package docs;

import org.jspecify.annotations.NullMarked;
