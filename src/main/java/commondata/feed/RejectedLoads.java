package commondata.feed;

import commondata.job.Plural;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is left of files that an operator has rejected while they were loaded in part.
 * Nobody sees those rows, but in a table that is appended to their keys are in the way of whoever
 * hands the same records in again.
 */
final class RejectedLoads {

  private static final Logger LOG = LoggerFactory.getLogger(RejectedLoads.class);

  private static final String DISCARD =
      """
      SELECT coalesce(commondata.discard_load(:feed), 0)
      """;

  private final Feed feed;

  RejectedLoads(Feed feed) {
    this.feed = feed;
  }

  /** Each in a commit of its own, with the mark that asks for it. */
  void discard() {
    boolean some = true;
    while (some) {
      some = feed.login().inTransaction(this::discardNext);
    }
  }

  private boolean discardNext() {
    long file =
        feed.login().jdbc().sql(DISCARD).param("feed", feed.name()).query(Long.class).single();
    if (file == 0) {
      return false;
    }
    new FormerTables(feed, file).discard();
    long rows = new FileTables(feed, file).empty();
    LOG.info(
        "{}: file {} was rejected: {} {} removed",
        feed.name(),
        file,
        rows,
        Plural.of(rows, "row of it is", "rows of it are"));
    return true;
  }
}
