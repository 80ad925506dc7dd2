/** Service warehouse: promises stock to orders and packs them. */
@NullMarked
package musiccorp.warehouse;

import org.jspecify.annotations.NullMarked;
