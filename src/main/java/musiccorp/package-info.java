/** MusicCorp: a whole company that communicates through common data. */
@NullMarked
package musiccorp;

import org.jspecify.annotations.NullMarked;
