package commondata.feed;

import java.util.Deque;

/**
 * A part of a file that is loaded in one commit: whole records.
 *
 * @param offset where it begins in the content
 * @param end where the next one begins
 * @param line line its first record begins at
 * @param nextLine line the next one begins at
 * @param rawBytes bytes of the file as it lies there, packed or not, that were read for it
 * @param blocks its content; whoever reads it takes them out, so that they need no memory any more
 */
record Slice(long offset, long end, long line, long nextLine, long rawBytes, Deque<Block> blocks) {}
