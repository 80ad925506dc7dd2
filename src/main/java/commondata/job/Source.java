package commondata.job;

import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The files a job loads.
 *
 * @param feed name of the drop directory, which is the job's
 * @param layout file in the job's folder that says what a record looks like
 * @param ready how it is known that a file is whole
 * @param name what names must look like; null: any name will do
 * @param expect which files must come; null: none must
 * @param keep how long archived and rejected files are kept; null: for ever
 * @param maxBytes how large a file may be; null: as large as it likes
 * @param supersedes whether a file takes the place of those loaded for its business date
 */
public record Source(
    String feed,
    String layout,
    Ready ready,
    @Nullable NamePattern name,
    @Nullable Expectation expect,
    @Nullable Period keep,
    @Nullable Long maxBytes,
    boolean supersedes) {

  /**
   * Where it is which day when a file comes whose name does not say one: the day must be that on
   * which it is expected.
   */
  public ZoneId zone() {
    return expect == null ? ZoneOffset.UTC : expect.zone();
  }

  /** Why a file of so many bytes is refused; null if it is not. */
  public @Nullable String whyTooLarge(long bytes) {
    return maxBytes == null || bytes <= maxBytes
        ? null
        : "it has %d bytes, source.max_bytes allows %d".formatted(bytes, maxBytes);
  }

  /** What the name of a file says, or why it is refused. */
  public FileName says(String fileName) {
    return name == null ? FileName.ANY : name.read(fileName);
  }
}
