package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * Takes the records of a block apart: says which of the layout's records each is, and cuts it into
 * texts. What is wrong with a record as a whole (its mark, its length) it notes in its errors; what
 * its values mean is none of its business. It allocates nothing a record but the texts. Not
 * thread-safe.
 */
interface RecordReader {

  /** Begins a block. */
  void open(Block block);

  /** The next record of the block, or null behind the last. It is the same object each time. */
  @Nullable RawRecord next();
}
