@NullMarked
package commondata.event;

import org.jspecify.annotations.NullMarked;
