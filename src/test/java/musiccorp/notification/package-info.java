@NullMarked
package musiccorp.notification;

import org.jspecify.annotations.NullMarked;
