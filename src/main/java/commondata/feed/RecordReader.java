package commondata.feed;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Cuts a stream of characters into records. */
interface RecordReader extends Closeable {

  /**
   * The next record, or null at the end. It is the same object each time.
   *
   * @throws BrokenFileException if from here on no record can be told from another
   */
  @Nullable RawRecord next() throws IOException;

  static RecordReader of(Layout layout, StrictDecoder in) {
    return switch (layout.format()) {
      case CSV -> new CsvRecords(layout, in);
      case FIXED -> new FixedRecords(layout, in);
    };
  }
}
