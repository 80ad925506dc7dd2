package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * A node stands still, or its host is unplugged, in the midst of a COPY: the server takes that for
 * work, and ends it by no timeout.
 */
final class StandingLoadIT extends LargeFeedSteps {

  @SuppressWarnings("NullAway.Init")
  private LargeFeed feed;

  @BeforeEach
  void begin() {
    feed = feed("merge");
  }

  private static Connection connect() throws SQLException {
    Connection node =
        DriverManager.getConnection(DATABASE.url(), "catalog_service", DATABASE.password());
    node.setAutoCommit(false);
    return node;
  }

  /** A run of the feed that goes no further than into its COPY. */
  private void standStill(Connection node, boolean holdsRun) throws SQLException {
    try (var statement = node.createStatement()) {
      statement.execute(
          "SELECT commondata.start_run('merge', '2026-11-21', 'file', '{}', 'still')");
      node.commit();
      feed.ageRuns();
      if (holdsRun) {
        statement.execute("SELECT commondata.hold_run(r.id) FROM commondata.run AS r");
      }
    }
    node.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY staging.large FROM STDIN");
  }

  private FileLedger.Entry claim() {
    feed.load("a.csv", LargeFeed.records(3));
    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED 0 0 0");
    long id = Long.parseLong(feed.one("SELECT id::text FROM commondata.file"));
    return Objects.requireNonNull(feed.feed().files().find(List.of(id)).get(id));
  }

  private FeedLoader loader(Duration patience) {
    return new FeedLoader(feed.feed(), new StandingLoads(feed.feed(), patience));
  }

  @Test
  void isEndedByTheNextNodeThatWantsTheFeed() throws SQLException {
    try (Connection node = connect()) {
      standStill(node, true);
      FileLedger.Entry entry = claim();
      FeedLoader impatient = loader(Duration.ZERO);

      await()
          .until(
              () ->
                  impatient.load(entry, feed.claimed(), entry.businessDate())
                      instanceof LoadOutcome.Loaded);
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(feed.query("SELECT state FROM commondata.run ORDER BY id"))
        .containsExactly("ABANDONED", "SUCCEEDED");
  }

  @Test
  void isLeftAloneForSomeMinutes() throws SQLException {
    try (Connection node = connect()) {
      standStill(node, true);
      FileLedger.Entry entry = claim();

      assertThat(loader(StandingLoads.PATIENCE).load(entry, feed.claimed(), entry.businessDate()))
          .isInstanceOf(LoadOutcome.Busy.class);
      assertThat(copies()).hasSize(1);
    }
  }

  @Test
  void isNoCopyOfAnybodyElse() throws SQLException {
    try (Connection node = connect()) {
      standStill(node, false);

      new StandingLoads(feed.feed(), Duration.ZERO).end();

      assertThat(copies()).hasSize(1);
    }
  }

  private List<String> copies() {
    return feed.query("SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY staging.%'");
  }
}
