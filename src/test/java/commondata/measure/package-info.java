@NullMarked
package commondata.measure;

import org.jspecify.annotations.NullMarked;
