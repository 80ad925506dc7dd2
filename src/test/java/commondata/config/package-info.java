@NullMarked
package commondata.config;

import org.jspecify.annotations.NullMarked;
