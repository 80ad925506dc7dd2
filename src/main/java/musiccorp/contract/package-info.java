/**
 * What the services say to each other: one record an event type and version, without logic. The
 * JSON Schema of {@code <type>} version {@code n} is {@code contract/<type>.v<n>.json}. A new field
 * is a new version, whose record names how the older ones become it; a change that breaks readers
 * is a new type.
 */
@NullMarked
package musiccorp.contract;

import org.jspecify.annotations.NullMarked;
