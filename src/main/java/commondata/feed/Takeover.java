package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Plural;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Makes a run the only one that loads a file slice by slice, and sees whether it can go on behind
 * the slices of earlier runs. It can't if the server has lost their rows, or if they were read by
 * another layout than the rest would be: then it forgets them, and begins anew.
 */
final class Takeover {

  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  /** A node that was stopped may hold locks in a slice that it will never be able to commit. */
  private static final String END_OTHERS =
      """
      SELECT pg_terminate_backend(a.pid)
      FROM pg_stat_activity AS a
      WHERE a.application_name = ?
        AND a.usename = current_user
        AND a.datname = current_database()
        AND a.pid <> pg_backend_pid()
      """;

  private final Feed feed;
  private final long file;
  private final LoadLedger ledger;
  private final FileTables tables;

  Takeover(Feed feed, long file, LoadLedger ledger) {
    this.feed = feed;
    this.file = file;
    this.ledger = ledger;
    this.tables = new FileTables(feed, file);
  }

  /**
   * Fences off every earlier run, and opens the tables.
   *
   * @param application what the server knows the connections by that load this file
   * @return where the rows of each of the layout's types are to be copied
   */
  List<String> take(String application) {
    feed.login().inTransactionDo(ledger::take);
    new JdbcTemplate(feed.login().dataSource()).queryForList(END_OTHERS, application);
    List<String> targets = feed.login().inTransaction(this::open);
    FaultPoint.SLICE_TAKEN.reached();
    return targets;
  }

  private List<String> open() {
    long other = ledger.slicesOfAnotherLayout(feed.layout().identity());
    if (other > 0) {
      LOG.warn(
          "{}: file {} is begun again: {} {} read by another layout than \"{}\" is now",
          feed.name(),
          file,
          other,
          Plural.of(other, "slice of it was", "slices of it were"),
          feed.job().folder().locationOf(feed.source().layout()));
      beginAnew();
    }
    List<String> targets = tables.open();
    if (!feed.layout().appends() && !isStaged()) {
      beginAnew();
    }
    return targets;
  }

  /** Whether staging holds what the checkpoints say. */
  private boolean isStaged() {
    return tables.count() == ledger.slices().stream().mapToLong(SliceResult::rows).sum();
  }

  private void beginAnew() {
    new FormerTables(feed, file).discard();
    ledger.forget();
    if (feed.layout().appends()) {
      tables.discard(true);
    } else {
      tables.empty();
    }
  }
}
