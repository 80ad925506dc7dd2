@NullMarked
package musiccorp.order;

import org.jspecify.annotations.NullMarked;
