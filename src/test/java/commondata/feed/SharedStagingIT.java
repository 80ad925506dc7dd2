package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Two feeds whose records go through one staging table. */
final class SharedStagingIT extends LargeFeedSteps {

  private static final String OTHERS = LargeFeed.records(800).replace("-0000-4000-", "-0001-4000-");

  /** What a large file leaves in staging goes at once, but for the rows of others. */
  @Test
  void keepsTheCommittedSlicesOfAnotherFeed() {
    LargeFeed feed = feed("merge");
    LargeFeed other = feed("typed-merge");
    AtomicBoolean hasCome = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COMMITTED && hasCome.compareAndSet(false, true)) {
            other.load("b.csv", OTHERS);
          }
        });

    feed.load("a.csv", LargeFeed.records(800));

    assertThat(hasCome).isTrue();
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 800 800 0", "b.csv LOADED 800 800 0");
  }

  /** A login does not see files of others in the ledger. */
  @Test
  void keepsTheCommittedSlicesOfAnotherLogin() {
    LargeFeed feed = feed("merge");
    DATABASE
        .superuser()
        .sql(
            """
            WITH
                its_job AS (
                    INSERT INTO commondata.job (name, owner)
                    VALUES ('of-orders', 'order_service')
                    RETURNING name
                ),
                its_run AS (
                    INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
                    SELECT j.name, '2026-11-21', 1, 'file', 'other' FROM its_job AS j
                    RETURNING id
                ),
                its_file AS (
                    INSERT INTO commondata.file (feed, name, sha256, size_bytes, state)
                    SELECT j.name, 'f', 'x', 1, 'CLAIMED' FROM its_job AS j
                    RETURNING id
                ),
                its_slice AS (
                    INSERT INTO commondata.file_slice (
                        file, byte_from, byte_to, line_from, line_to, record_count, row_count,
                        rejected_count, totals, trailer_line, raw_bytes, layout, tables, run)
                    SELECT f.id, 0, 1, 1, 2, 1, 1, 0, '{}', 0, 1, 'x', '{staging.large}', r.id
                    FROM its_file AS f, its_run AS r
                )
            INSERT INTO staging.large (file, line, id, n)
            SELECT f.id, 1, 'theirs', 1 FROM its_file AS f
            """)
        .update();

    feed.load("a.csv", LargeFeed.records(800));

    assertThat(feed.ledger()).contains("a.csv LOADED 800 800 0");
    assertThat(feed.query("SELECT id FROM staging.large")).containsExactly("theirs");
  }

  @Test
  void waitsForNobodyWhoIsAtWorkThere() throws SQLException {
    LargeFeed feed = feed("merge");
    try (Connection reader = DATABASE.login("catalog_service").dataSource().getConnection()) {
      reader.setAutoCommit(false);
      reader.createStatement().execute("SELECT FROM staging.large LIMIT 1");

      feed.load("a.csv", LargeFeed.records(800));

      reader.rollback();
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 800 800 0");
    assertThat(feed.query("SELECT count(*)::text FROM staging.large")).containsExactly("0");
  }
}
