@NullMarked
package commondata.job;

import org.jspecify.annotations.NullMarked;
