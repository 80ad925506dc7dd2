@NullMarked
package commondata.home;

import org.jspecify.annotations.NullMarked;
