package commondata.feed;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a slice held; kept in {@code commondata.file_slice}, so that a load that goes on need not
 * read it again.
 *
 * @param rawBytes bytes of the file as it lies there, packed or not, that were read for it
 * @param records records in it, header and trailer not counted
 * @param rows rows that went into the tables
 * @param totals control totals of its records, in the layout's order; behind them, in the same
 *     order, how many values could not be read
 * @param trailer the trailer as it came, if it stands in this slice
 */
record SliceResult(
    long offset,
    long end,
    long line,
    long nextLine,
    long rawBytes,
    long records,
    long rows,
    List<Long> totals,
    @Nullable Block trailer) {

  SliceResult {
    totals = List.copyOf(totals);
  }

  SliceResult withRows(long loaded) {
    return new SliceResult(offset, end, line, nextLine, rawBytes, records, loaded, totals, trailer);
  }
}
