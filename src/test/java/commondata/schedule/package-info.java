@NullMarked
package commondata.schedule;

import org.jspecify.annotations.NullMarked;
