/**
 * What the services say to each other: one record an event type and version, without logic. The
 * JSON Schema of {@code <type>} version {@code n} is {@code contract/<type>.v<n>.json}; a change
 * that its readers can't ignore is a new version.
 */
@NullMarked
package musiccorp.contract;

import org.jspecify.annotations.NullMarked;
