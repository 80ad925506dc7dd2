package commondata.feed;

import commondata.job.DefinitionException;
import commondata.job.SqlCheck;

/** Whether a feed can load a file, as far as it can be known before one comes. */
final class FeedCheck {

  private FeedCheck() {}

  /**
   * Returns a feed that can, with a warning of SQL that may meet rows of other files.
   *
   * @throws DefinitionException if its tables can't hold what its layout says, or the server can't
   *     run its SQL
   */
  static Feed fit(Feed feed) {
    TableCheck.fit(feed);
    new SqlCheck(feed.login()).require(feed.job());
    ForeignRows.warn(feed);
    return feed;
  }
}
