/** Figures for monitoring: the only package of the kit that knows Micrometer. */
@NullMarked
package commondata.measure;

import org.jspecify.annotations.NullMarked;
