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
