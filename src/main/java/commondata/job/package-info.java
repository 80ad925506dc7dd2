/** Jobs: a folder in batch-jobs/ each, their definition, their steps and their runs. */
@NullMarked
package commondata.job;

import org.jspecify.annotations.NullMarked;
