@NullMarked
package musiccorp.contract;

import org.jspecify.annotations.NullMarked;
