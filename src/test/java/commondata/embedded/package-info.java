@NullMarked
package commondata.embedded;

import org.jspecify.annotations.NullMarked;
