package commondata.job;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a file says.
 *
 * @param sequence its number in its feed; null if names have none
 * @param businessDate day it is about; null if names do not say so in a group
 * @param refusal why the feed does not take a file of that name; null if it does
 */
public record FileName(
    @Nullable Long sequence, @Nullable LocalDate businessDate, @Nullable String refusal) {

  /** Of a feed that takes every name. */
  public static final FileName ANY = new FileName(null, null, null);

  static FileName refused(String why) {
    return new FileName(null, null, why);
  }
}
