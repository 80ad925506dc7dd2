/** Keeps the log in order: days made ahead, old days dropped, alarms. */
@NullMarked
package commondata.upkeep;

import org.jspecify.annotations.NullMarked;
