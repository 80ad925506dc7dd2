package commondata.operate;

import java.time.Instant;

/**
 * What has lain in {@code incoming} of a feed for longest and is not taken, as nodes have noted it.
 *
 * @param why in words, with what to do
 * @param since since when it has lain there unchanged
 */
public record UntakenFile(String feed, String name, String why, Instant since) {}
