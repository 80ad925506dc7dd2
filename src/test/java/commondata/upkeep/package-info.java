@NullMarked
package commondata.upkeep;

import org.jspecify.annotations.NullMarked;
