/**
 * Feeds: files that come in, are claimed, read, checked, loaded and archived; and files that go
 * out.
 */
@NullMarked
package commondata.feed;

import org.jspecify.annotations.NullMarked;
