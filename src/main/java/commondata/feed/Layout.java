package commondata.feed;

import commondata.job.JobFolder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the records of a file look like, as layout.yaml declares it.
 *
 * @param staging table that records are copied into; null for a file that goes out
 * @param header first record of a fixed-width file, if it has one; in CSV the column names
 * @param trailer last record, if it has one
 */
record Layout(
    Format format,
    @Nullable String staging,
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

  /** Reads and checks a layout file of a job. */
  static Layout read(JobFolder folder, String file) {
    return LayoutYaml.read(folder, file);
  }
}
