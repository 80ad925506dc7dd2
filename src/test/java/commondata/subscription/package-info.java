@NullMarked
package commondata.subscription;

import org.jspecify.annotations.NullMarked;
