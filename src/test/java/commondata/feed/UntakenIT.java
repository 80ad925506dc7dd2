package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What lies in incoming, and is not taken, is an alarm that says why. */
final class UntakenIT extends LargeFeedSteps {

  private static final String FILE = LargeFeed.records(3);

  @BeforeEach
  void forget() {
    DATABASE.superuser().sql("TRUNCATE commondata.untaken_file").update();
  }

  private LargeFeed marked() {
    return feed("append").with(", ready: marker");
  }

  private void pollFor(FeedPoll poll, Duration time) {
    Instant end = clock.instant().plus(time);
    while (clock.instant().isBefore(end)) {
      CatalogFeed.untilQuiet(poll);
      clock.advance(Duration.ofSeconds(10));
    }
    CatalogFeed.untilQuiet(poll);
  }

  private static List<String> alarms(LargeFeed feed) {
    return feed.query(
        "SELECT concat_ws(' | ', a.alarm, a.subject, a.detail) FROM commondata.file_alarm AS a");
  }

  private static String alarm(String file, String since, String why) {
    return "file-untaken | feed append | %s has lain unchanged in drop/append/incoming since %s"
            .formatted(file, since)
        + " and is not taken: "
        + why;
  }

  /** What the alarm says of the one thing that lies there for a quarter of an hour. */
  private void assertWhy(LargeFeed feed, String file, String why) {
    pollFor(feed.poll(), Duration.ofMinutes(15));
    assertThat(alarms(feed)).containsExactly(alarm(file, "2026-11-21T12:00:00Z", why));
    assertThat(feed.ledger()).isEmpty();
  }

  @Test
  void isAnAlarmFromAQuarterOfAnHourOnUntilItIsGone() {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    FeedPoll poll = feed.poll();
    pollFor(poll, Duration.ofMinutes(14));
    assertThat(alarms(feed)).isEmpty();

    pollFor(poll, Duration.ofMinutes(1));
    assertThat(alarms(feed))
        .containsExactly(
            alarm(
                "a.csv",
                "2026-11-21T12:00:00Z",
                "it has no marker (.done, .complete, .sha256). Lay one beside it, or take it"
                    + " away"));

    feed.drop("a.csv.done", "");
    pollFor(poll, Duration.ofMinutes(1));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(alarms(feed)).isEmpty();
  }

  @Test
  void isTheOldestOfAFeedAndThenTheNext() throws IOException {
    LargeFeed feed = marked();
    FeedPoll poll = feed.poll();
    feed.drop("b.csv", FILE);
    pollFor(poll, Duration.ofMinutes(1));
    feed.drop("a.csv", FILE);
    pollFor(poll, Duration.ofMinutes(15));
    assertThat(alarms(feed)).singleElement().asString().contains("| b.csv has", "T12:00:00Z");

    Files.delete(feed.incoming("b.csv"));
    pollFor(poll, Duration.ofMinutes(1));

    assertThat(alarms(feed)).singleElement().asString().contains("| a.csv has", "T12:01:00Z");
  }

  @Test
  void isNotWhatIsWrittenTo() {
    LargeFeed feed = marked();
    FeedPoll poll = feed.poll();
    for (int minutes = 0; minutes < 60; minutes += 10) {
      feed.drop("a.csv", LargeFeed.records(minutes));
      pollFor(poll, Duration.ofMinutes(10));
    }
    assertThat(alarms(feed)).isEmpty();
  }

  @Test
  void writesNothingWhileNothingIsNew() {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    FeedPoll poll = feed.poll();
    pollFor(poll, Duration.ofMinutes(20));
    String version = "SELECT xmin::text FROM commondata.untaken_file";
    String before = feed.one(version);

    pollFor(poll, Duration.ofMinutes(20));

    assertThat(feed.one(version)).isEqualTo(before);
  }

  /** What began before the node did, is not younger for it. */
  @Test
  void outlivesTheNodeThatHasSeenIt() throws IOException {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    pollFor(feed.poll(), Duration.ofMinutes(15));

    FeedPoll next = feed.poll();
    pollFor(next, Duration.ofMinutes(20));
    assertThat(alarms(feed)).singleElement().asString().contains("since 2026-11-21T12:00:00Z");

    Files.delete(feed.incoming("a.csv"));
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(alarms(feed)).isEmpty();
  }

  @Test
  void isForgottenAnHourAfterTheLastNodeHasSeenIt() {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    pollFor(feed.poll(), Duration.ofMinutes(15));
    assertThat(alarms(feed)).hasSize(1);

    feed.query(
        """
        UPDATE commondata.untaken_file
        SET seen_at = seen_at - interval '1 hour'
        RETURNING feed
        """);

    assertThat(alarms(feed)).isEmpty();
  }

  @Test
  void isAFileWhoseMarkerIsOlder() throws IOException {
    LargeFeed feed = marked();
    for (String marker : List.of("a.csv.done", "a.csv.sha256")) {
      feed.drop(marker, "");
      Files.setLastModifiedTime(feed.incoming(marker), FileTime.from(Instant.EPOCH));
    }
    feed.drop("a.csv", FILE);

    assertWhy(
        feed,
        "a.csv",
        "no marker counts that is older than its file, as a.csv.done, a.csv.sha256 is. Write it"
            + " anew");
  }

  @Test
  void isAFileWhoseHashIsNotWritten() {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.sha256", "0123");

    assertWhy(
        feed,
        "a.csv",
        "a.csv.sha256 has not the 64 digits of a hash. Write them, or lay a .done in its place");
  }

  @Test
  void isAFileWhoseMarkerMayNotBeRead() throws IOException {
    LargeFeed feed = marked();
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.sha256", Digests.of(feed.incoming("a.csv")).sha256());
    forbid(feed.incoming("a.csv.sha256"));

    assertWhy(
        feed,
        "a.csv",
        "a.csv.sha256 can't be read. Let the node read it, or lay a .done in its place");
  }

  @Test
  void isAMarkerWithoutItsFile() {
    LargeFeed feed = marked();
    feed.drop("a.csv.done", "");

    assertWhy(
        feed,
        "a.csv.done",
        "it is the marker of a.csv, which is not there. Bring that, or take it away");
  }

  @Test
  void isAFileThatMayNotBeRead() throws IOException {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", FILE);
    forbid(feed.incoming("a.csv"));

    assertWhy(
        feed,
        "a.csv",
        "java.nio.file.AccessDeniedException: %s. Mend that, or take it away"
            .formatted(feed.incoming("a.csv")));
  }

  @Test
  void isAFileThatTheLedgerRefuses() {
    LargeFeed feed = feed("append");
    DATABASE
        .superuser()
        .sql("ALTER TABLE commondata.file ADD CONSTRAINT refused CHECK (name <> 'a.csv') NOT VALID")
        .update();
    FeedPoll poll = feed.poll();
    try {
      feed.drop("a.csv", FILE);
      pollFor(poll, Duration.ofMinutes(15));
      assertThat(alarms(feed))
          .singleElement()
          .asString()
          .contains("is not taken: the ledger refuses it: ", ". Mend that, or take it away");
    } finally {
      DATABASE.superuser().sql("ALTER TABLE commondata.file DROP CONSTRAINT refused").update();
    }

    pollFor(poll, Duration.ofMinutes(1));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(alarms(feed)).isEmpty();
  }

  private static void forbid(Path file) throws IOException {
    Files.setPosixFilePermissions(file, Set.of());
    assumeThat(Files.isReadable(file)).as("root may read everything").isFalse();
  }

  @Test
  void isAFileThatStaysUnfinishedAndNoHiddenOne() {
    LargeFeed feed = feed("append");
    feed.drop(".gitkeep", "");
    feed.drop("a.csv.part", "id,n");

    assertWhy(
        feed,
        "a.csv.part",
        "its name is of a file that is still being written. Let its writer rename it, or take it"
            + " away");
  }

  @Test
  void isWhatCanNeitherBeTakenNorMovedAway() throws IOException {
    LargeFeed feed = feed("append");
    Files.createDirectories(feed.incoming("a.csv"));
    Path rejected = drop.resolve("append/rejected");
    FeedPoll poll = feed.poll();
    Files.delete(rejected);
    Files.writeString(rejected, "");

    pollFor(poll, Duration.ofMinutes(15));

    assertThat(alarms(feed))
        .containsExactly(
            alarm(
                "a.csv",
                "2026-11-21T12:00:00Z",
                "it is no regular file: a directory, and it can't be moved away: the reason can't be"
                    + " written beside \"%s\". Take it away"
                        .formatted(rejected.resolve("refused-a.csv"))));
  }

  /** Of the file that it waits for there is an alarm. */
  @Test
  void isNoFileThatWaitsForAnother() {
    LargeFeed feed = feed("append");
    feed.load("a.csv", FILE);
    feed.drop("a.csv", LargeFeed.records(2));
    feed.drop("b.csv", LargeFeed.records(2));

    pollFor(feed.poll(), Duration.ofMinutes(30));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0", "a.csv HELD 0 0 0");
    assertThat(feed.incoming("b.csv")).exists();
    assertThat(feed.query("SELECT alarm FROM commondata.file_alarm")).containsExactly("file-held");
  }
}
