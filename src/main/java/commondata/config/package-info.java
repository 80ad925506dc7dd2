/** How a Spring Boot application becomes a node: the only package of the kit that knows Boot. */
@NullMarked
package commondata.config;

import org.jspecify.annotations.NullMarked;
