/** What tests stand on: a real PostgreSQL, a clock that is set by hand, polls that are ticked. */
@NullMarked
package testkit;

import org.jspecify.annotations.NullMarked;
