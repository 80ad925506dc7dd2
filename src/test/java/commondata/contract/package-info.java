@NullMarked
package commondata.contract;

import org.jspecify.annotations.NullMarked;
