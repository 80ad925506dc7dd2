/** One database, many logins: each service works under its own. */
@NullMarked
package commondata.database;

import org.jspecify.annotations.NullMarked;
