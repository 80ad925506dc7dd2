@NullMarked
package musiccorp.payment;

import org.jspecify.annotations.NullMarked;
