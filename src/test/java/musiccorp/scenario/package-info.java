@NullMarked
package musiccorp.scenario;

import org.jspecify.annotations.NullMarked;
