/**
 * Service payment: money in, money back. It never waits for anybody: fraud flags are computed
 * ahead.
 */
@NullMarked
package musiccorp.payment;

import org.jspecify.annotations.NullMarked;
