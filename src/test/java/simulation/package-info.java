/**
 * The log's algorithm as a model without a database: thousands of seeded runs in seconds, each of
 * which is replayed exactly from its seed.
 */
@NullMarked
package simulation;

import org.jspecify.annotations.NullMarked;
