/** Quartz, and nothing but Quartz: the clock that starts polls and jobs. */
@NullMarked
package commondata.schedule;

import org.jspecify.annotations.NullMarked;
