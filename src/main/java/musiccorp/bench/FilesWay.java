package musiccorp.bench;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A way for a file to come into its table, and the job that goes it. */
public enum FilesWay {
  /** CSV, copied into the table it stays in. */
  APPEND,
  /** CSV, into a table that is partitioned by file. */
  SPLIT,
  /** As {@link #SPLIT}, fixed width. */
  FIXED,
  /** CSV, over staging into a table in which half of the rows are already. */
  MERGE;

  /** Reads what stands on the command line. */
  static final class Converter implements ITypeConverter<FilesWay> {

    @Override
    public FilesWay convert(String text) {
      for (FilesWay way : values()) {
        if (way.label().equals(text)) {
          return way;
        }
      }
      throw new TypeConversionException("\"" + text + "\" is not append, split, fixed or merge");
    }
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  String job() {
    return this == APPEND ? "bench-orders" : "bench-orders-" + label();
  }

  /** Files of the job's folder. */
  List<String> files() {
    return this == MERGE
        ? List.of("job.yaml", "layout.yaml", "check.sql", "merge.sql")
        : List.of("job.yaml", "layout.yaml", "check.sql");
  }
}
