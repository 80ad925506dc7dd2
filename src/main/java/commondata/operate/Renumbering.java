package commondata.operate;

/**
 * What it does to a feed whose files have numbers to say which number comes next.
 *
 * @param nextBefore number that would have been next
 * @param next number that is next now
 * @param loadedFiles files that are loaded with numbers from {@code next} on: one of those numbers
 *     that comes now is loaded besides them
 * @param heldFiles held files whose numbers are given up: they stay held
 */
public record Renumbering(long nextBefore, long next, long loadedFiles, long heldFiles) {}
