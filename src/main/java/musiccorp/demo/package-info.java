/**
 * The demo: plays the outer world (stores, customers, carrier, bank, operator) against a running
 * company, and sums up what happened.
 */
@NullMarked
package musiccorp.demo;

import org.jspecify.annotations.NullMarked;
