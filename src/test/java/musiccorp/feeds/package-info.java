/** Every job of batch-jobs/, on its own cases. */
@NullMarked
package musiccorp.feeds;

import org.jspecify.annotations.NullMarked;
