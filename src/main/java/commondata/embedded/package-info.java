/** A real PostgreSQL server that comes with the program and lives in its home. */
@NullMarked
package commondata.embedded;

import org.jspecify.annotations.NullMarked;
