/** Rules of the code base that run: rooms, sizes, names, and what the database must look like. */
@NullMarked
package architecture;

import org.jspecify.annotations.NullMarked;
