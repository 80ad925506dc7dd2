package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When somebody should look at a file that was claimed and is not loaded. */
final class StuckFileIT extends LargeFeedSteps {

  @SuppressWarnings("NullAway.Init")
  private LargeFeed feed;

  @BeforeEach
  void begin() {
    feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(300));
  }

  /** Its node dies, and no other one is there. */
  private void dieAt(FaultPoint point, int time) {
    feed.pollUntilDeadAt(point, time);
    feed.query(
        """
        UPDATE commondata.file
        SET arrived_at = arrived_at - interval '16 minutes'
        RETURNING 'aged'
        """);
  }

  /** So long ago the run was begun, and has loaded its last slice. */
  private void heardOf(String ago) {
    DATABASE
        .superuser()
        .sql(
            """
            WITH runs AS (
                UPDATE commondata.run
                SET started_at = clock_timestamp() - CAST(:ago AS interval)
            )
            UPDATE commondata.file_slice
            SET loaded_at = clock_timestamp() - CAST(:ago AS interval)
            """)
        .param("ago", ago)
        .update();
  }

  /** A node whose locks say that it is at work, as long as it is open. */
  private static Connection atWork() throws SQLException {
    Connection node =
        DriverManager.getConnection(DATABASE.url(), "catalog_service", DATABASE.password());
    node.setAutoCommit(false);
    try (var statement = node.createStatement()) {
      statement.execute(
          "SELECT commondata.hold_run(r.id) FROM commondata.run AS r WHERE r.state = 'RUNNING'");
    }
    return node;
  }

  private List<String> alarms() {
    return feed.query("SELECT concat_ws(': ', a.alarm, a.detail) FROM commondata.file_alarm AS a");
  }

  private String measured() {
    return feed.one(
        """
        SELECT m.value::text
        FROM commondata.measures() AS m
        WHERE m.name = 'commondata.files.stuck'
        """);
  }

  @Test
  void isOneThatNoRunWasBegunFor() {
    dieAt(FaultPoint.FILE_MOVED, 1);

    assertThat(alarms())
        .singleElement()
        .asString()
        .startsWith("file-stuck: a.csv of append was claimed at ")
        .contains("./commondata file reject ");
    assertThat(measured()).isEqualTo("1");
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(alarms()).isEmpty();
    assertThat(measured()).isEqualTo("0");
  }

  @Test
  void isOneWhoseNodeIsGoneAndThatNoOtherHasTakenOverInTime() {
    dieAt(FaultPoint.SLICE_COMMITTED, 2);
    assertThat(alarms()).as("another may be about to take it over").isEmpty();

    heardOf("3 minutes");

    assertThat(alarms())
        .singleElement()
        .asString()
        .contains("Node test, which was loading it in run ", " is gone: start a node")
        .doesNotContain("for an hour");
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(alarms()).isEmpty();
  }

  @Test
  void isNoneThatARunAtWorkHasLoadedOfWithinTheHour() throws SQLException {
    dieAt(FaultPoint.SLICE_COMMITTED, 2);
    heardOf("59 minutes");
    try (Connection node = atWork()) {
      assertThat(alarms()).isEmpty();
      node.rollback();
    }
    heardOf("61 minutes");

    try (Connection node = atWork()) {
      assertThat(alarms())
          .singleElement()
          .asString()
          .startsWith("file-stuck: ")
          .contains("on node test", "has loaded nothing for an hour")
          .doesNotContain("is gone");
      node.rollback();
    }
  }
}
