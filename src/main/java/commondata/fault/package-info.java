/** Named places in the kit's own work at which a test may make a process fail. */
@NullMarked
package commondata.fault;

import org.jspecify.annotations.NullMarked;
