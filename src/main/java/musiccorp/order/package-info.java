/** Service order: takes orders and joins what payment, warehouse and shipping say about them. */
@NullMarked
package musiccorp.order;

import org.jspecify.annotations.NullMarked;
