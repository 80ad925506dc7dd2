package commondata.feed;

import commondata.job.JobFolder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the records of a file look like, as layout.yaml declares it.
 *
 * @param appends whether records stay in the tables they are copied into; else they are merged
 * @param compression how the file is packed
 * @param dialect how CSV is written
 * @param prefix how a record says how long it is
 * @param recordLength bytes of a record, where all have as many; else 0
 * @param named whether the first record names the columns
 * @param header first record, if it has one besides
 * @param types the records themselves; more than one is told by its mark
 * @param trailer last record, if it has one
 */
record Layout(
    Format format,
    boolean appends,
    Charset charset,
    Compression compression,
    Dialect dialect,
    Prefix prefix,
    int recordLength,
    boolean named,
    @Nullable RecordShape header,
    List<RecordType> types,
    @Nullable RecordShape trailer,
    List<Control> control) {

  Layout {
    types = List.copyOf(types);
    control = List.copyOf(control);
  }

  /** Reads and checks a layout file of a job. */
  static Layout read(JobFolder folder, String file) {
    return LayoutYaml.read(folder, file);
  }

  /** The same for layouts that say the same, and for no others. */
  String identity() {
    return Digests.of(toString());
  }

  /** The character set of what is read: text in one that is not plain is recoded before. */
  Charset readAs() {
    return isRecoded() ? StandardCharsets.UTF_8 : charset;
  }

  /** Whether what is read is another text than what lies in the file. */
  boolean isRecoded() {
    return format.isText() && !Recoded.isPlain(charset);
  }

  /**
   * Records without errors that a file of so many bytes can hold at most; of what is packed or
   * recoded nobody knows.
   */
  long acceptedMax(long size) {
    if (compression != Compression.NONE || isRecoded()) {
      return Long.MAX_VALUE;
    }
    return size / types.stream().mapToInt(type -> shortest(type.shape())).min().orElse(1) + 1;
  }

  /** In CSV a byte a column stands behind its value: a separator, or the line end. */
  private int shortest(RecordShape shape) {
    return format.isPlaced() ? shape.length() : shape.columns().size();
  }

  Framing framing() {
    return format.framing(this);
  }

  RecordReader reader() {
    return format.reader(this);
  }

  /** Decimals of what a total adds up; 0 for a count. */
  int scaleOf(Control control) {
    return types.stream()
        .map(RecordType::shape)
        .filter(control::covers)
        .mapToInt(shape -> shape.scaleOf(control.sumOf()))
        .findFirst()
        .orElse(0);
  }

  /** Shape of the records of a file that has one type of them, as all do that name columns. */
  RecordShape onlyShape() {
    return types.get(0).shape();
  }

  /** The tables that records are copied into. */
  List<String> tables() {
    return types.stream().map(RecordType::table).filter(Objects::nonNull).distinct().toList();
  }

  /** Whether every record has a table to go into. */
  boolean isForFeed() {
    return types.stream().noneMatch(type -> type.table() == null);
  }
}
