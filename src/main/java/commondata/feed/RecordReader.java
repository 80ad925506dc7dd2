package commondata.feed;

import org.jspecify.annotations.Nullable;

/** Takes the records of a block apart. Not thread-safe. */
interface RecordReader {

  /** Begins a block. */
  void open(Block block);

  /** The next record of the block, or null behind the last. It is the same object each time. */
  @Nullable RawRecord next();

  static RecordReader of(Layout layout) {
    return switch (layout.format()) {
      case CSV -> new CsvRecords(layout);
      case FIXED -> new FixedRecords(layout);
    };
  }
}
