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
 * @param staging table that records are copied into and merged from; null if there is none
 * @param append table that records are copied into and stay in; null if there is none
 * @param sortedBy column whose order rows are copied in, if they go where they stay
 * @param compression how the file is packed
 * @param dialect how CSV is written
 * @param header first record of a fixed-width file, if it has one; in CSV the column names
 * @param trailer last record, if it has one
 */
record Layout(
    Format format,
    @Nullable String staging,
    @Nullable String append,
    @Nullable String sortedBy,
    Charset charset,
    Compression compression,
    Dialect dialect,
    @Nullable RecordShape header,
    RecordShape detail,
    @Nullable RecordShape trailer,
    List<Control> control) {

  /** How records are told apart. */
  enum Format {
    CSV,
    FIXED
  }

  Layout {
    control = List.copyOf(control);
  }

  /** The character set of what is read: content in one that is not plain is recoded before. */
  Charset readAs() {
    return Recoded.isPlain(charset) ? charset : StandardCharsets.UTF_8;
  }

  /** Reads and checks a layout file of a job. */
  static Layout read(JobFolder folder, String file) {
    return LayoutYaml.read(folder, file);
  }

  /** The table that records are copied into. */
  String table() {
    return Objects.requireNonNull(staging == null ? append : staging);
  }

  /** Decimals of a column of the records; 0 for no column. */
  int scaleOf(@Nullable String column) {
    return detail.columns().stream()
        .filter(c -> c.name().equals(column) && c.type() == Column.Type.DECIMAL)
        .mapToInt(Column::scale)
        .findFirst()
        .orElse(0);
  }
}
