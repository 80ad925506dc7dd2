@NullMarked
package commondata.feed;

import org.jspecify.annotations.NullMarked;
