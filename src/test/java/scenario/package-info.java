/** What must hold across services. */
@NullMarked
package scenario;

import org.jspecify.annotations.NullMarked;
