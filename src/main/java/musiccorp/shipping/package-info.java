/** Service shipping: labels; manifests and tracking are files. */
@NullMarked
package musiccorp.shipping;

import org.jspecify.annotations.NullMarked;
