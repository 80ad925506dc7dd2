@NullMarked
package commondata.database;

import org.jspecify.annotations.NullMarked;
