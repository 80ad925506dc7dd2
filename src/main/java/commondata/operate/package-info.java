/**
 * What people do with an installation: look, trace, check, decide. The one facade for all of it.
 */
@NullMarked
package commondata.operate;

import org.jspecify.annotations.NullMarked;
