/** The directory that holds all state of an installation. */
@NullMarked
package commondata.home;

import org.jspecify.annotations.NullMarked;
