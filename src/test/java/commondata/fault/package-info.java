/** Tests of the fault points themselves. */
@NullMarked
package commondata.fault;

import org.jspecify.annotations.NullMarked;
