package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.event.Event;
import commondata.fault.FaultPoint;
import commondata.subscription.Subscription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
import testkit.Node;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Events of a large file, some lines a commit. */
final class EventCutsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed feed;

  @BeforeEach
  void dropAFileOfThreeCuts() {
    feed = new CatalogFeed(DATABASE, drop, clock);
    feed.empty();
    feed.write("a.csv", CatalogFeed.rows("A", "B", "C", "D", "E"));
  }

  private List<String> progress() {
    return feed.query("SELECT progress FROM commondata.file_summary WHERE progress IS NOT NULL");
  }

  private void assertAllIsOutOnce() {
    assertThat(
            feed.query(
                """
                SELECT o.key
                FROM commondata.outbox AS o
                WHERE o.type = 'catalog.item-listed'
                ORDER BY o.key
                """))
        .containsExactly("A", "B", "C", "D", "E");
    assertThat(feed.files("claimed")).isEmpty();
    assertThat(feed.files("archive")).hasSize(1);
    assertThat(progress()).isEmpty();
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', e.cut_count, e.event_count, r.event_count, r.exit_code)
                FROM commondata.file_events AS e
                JOIN commondata.file AS f ON f.id = e.file
                JOIN commondata.run AS r ON r.id = f.run
                """))
        .containsExactly("3 5 5 0");
  }

  @Test
  void letOtherEventsPassBetweenThem() {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'passed', 'fraud_service', ARRAY['catalog.item-listed', 'log.tested'])
            """)
        .query()
        .listOfRows();
    List<String> handled = new ArrayList<>();
    Node reader =
        Node.of(
            DATABASE,
            Subscription.named("passed")
                .login("fraud_service")
                .onBatch(events -> events.stream().map(Event::key).forEach(handled::add))
                .build());
    FeedPoll poll = feed.pollInCuts(2);

    assertThat(poll.pollOnce()).isTrue();
    assertThat(feed.items()).hasSize(5);
    assertThat(feed.events()).isEmpty();
    assertThat(progress()).containsExactly("events up to line 0 of 6, 0 in 0 commits");
    assertThat(feed.files("archive")).isEmpty();

    assertThat(poll.pollOnce()).isTrue();
    DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('log.tested', 'X', '{}')")
        .query()
        .listOfRows();
    reader.untilQuiet();
    assertThat(handled).containsExactlyInAnyOrder("A", "X");
    assertThat(progress()).containsExactly("events up to line 2 of 6, 1 in 1 commits");

    CatalogFeed.untilQuiet(poll);
    reader.untilQuiet();
    assertThat(handled).containsExactlyInAnyOrder("A", "X", "B", "C", "D", "E");
    assertAllIsOutOnce();
  }

  @ParameterizedTest
  @EnumSource(
      value = FaultPoint.class,
      names = {"EVENTS_PUBLISHED", "EVENTS_COMMITTED", "FILE_FINISHED", "FILE_COMMITTED"})
  void areOutOnceWhereverANodeDies(FaultPoint point) {
    try (Faults faults = Faults.dieAt(point)) {
      assertThat(catchThrowable(() -> CatalogFeed.untilQuiet(feed.pollInCuts(2))))
          .isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(point)).isEqualTo(1);
    }
    feed.ageRuns();

    CatalogFeed.untilQuiet(feed.pollInCuts(2));

    assertAllIsOutOnce();
  }

  @Test
  void comeBeforeTheNextFile() {
    FeedPoll poll = feed.pollInCuts(2);
    poll.pollOnce();
    feed.write("b.csv", CatalogFeed.rows("A", "F").replace("0.99", "1.99"));
    AtomicBoolean once = new AtomicBoolean();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.EVENTS_PUBLISHED && once.compareAndSet(false, true)) {
                CompletableFuture.runAsync(() -> CatalogFeed.untilQuiet(feed.pollInCuts(2))).join();
              }
            })) {
      poll.pollOnce();
      assertThat(faults.hits(FaultPoint.EVENTS_PUBLISHED)).isEqualTo(1);
    }
    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "b.csv CLAIMED");

    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "b.csv LOADED");
    assertThat(feed.query("SELECT o.key FROM commondata.outbox AS o ORDER BY o.id"))
        .containsExactly("A", "B", "C", "D", "E", "A", "F");
  }

  @Test
  void areTriedAgainWhenTheyFail() {
    FeedPoll poll = feed.pollInCuts(2);
    poll.pollOnce();
    DATABASE.superuser().sql("REVOKE SELECT ON catalog.item FROM catalog_service").update();

    CatalogFeed.untilQuiet(poll);
    DATABASE.superuser().sql("GRANT SELECT ON catalog.item TO catalog_service").update();

    assertThat(progress().get(0))
        .startsWith("events up to line 0 of 6, 0 in 0 commits; failed: ")
        .contains("events.sql", "permission denied");
    assertThat(feed.query("SELECT detail FROM invariant.unsettled()"))
        .contains("its events are published up to line 0");
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.events()).as("it is not tried at once").isEmpty();
    clock.advance(Duration.ofSeconds(2));
    CatalogFeed.untilQuiet(poll);
    assertAllIsOutOnce();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void areOutAlsoIfTheFileHasLeftItsPlace(boolean sameNode) throws IOException {
    FeedPoll poll = feed.pollInCuts(2);
    FeedPoll other = feed.pollInCuts(2);
    poll.pollOnce();
    String id = feed.query("SELECT id::text FROM commondata.file").get(0);
    Files.delete(feed.path("claimed", id).resolve("a.csv"));

    CatalogFeed.untilQuiet(sameNode ? poll : other);

    assertThat(feed.events()).containsExactly("A", "B", "C", "D", "E");
    assertThat(progress()).isEmpty();
  }

  @Test
  void areOutAlsoOfAFileThatANodeHasNeverSeen() throws IOException {
    Files.move(feed.path("incoming", "a.csv"), drop.resolve("a.csv"));
    FeedPoll idle = feed.pollInCuts(2);
    CatalogFeed.untilQuiet(idle);
    feed.write("a.csv", CatalogFeed.rows("A", "B", "C", "D", "E"));
    feed.pollInCuts(2).pollOnce();
    String id = feed.query("SELECT id::text FROM commondata.file").get(0);
    Files.delete(feed.path("claimed", id).resolve("a.csv"));

    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(idle);

    assertThat(feed.events()).containsExactly("A", "B", "C", "D", "E");
  }

  @Test
  void areOneCommitWithASmallFile() {
    assertThat(feed.pollInCuts(5).pollOnce()).isTrue();

    assertThat(feed.events()).containsExactly("A", "B", "C", "D", "E");
    assertThat(feed.query("SELECT file::text FROM commondata.file_events")).isEmpty();
    assertThat(feed.files("archive")).hasSize(1);
  }
}
