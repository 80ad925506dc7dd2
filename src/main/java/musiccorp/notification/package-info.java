/** Service notification: mail to customers. */
@NullMarked
package musiccorp.notification;

import org.jspecify.annotations.NullMarked;
