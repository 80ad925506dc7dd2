package commondata.operate;

import java.util.List;

/**
 * An event type and version that may be published.
 *
 * @param hasSchema whether its payload is described; if not, all of it counts as personal
 * @param personalFields JSON pointers of personal data, {@code *} for any element
 */
public record TypeEntry(String type, int version, boolean hasSchema, List<String> personalFields) {}
