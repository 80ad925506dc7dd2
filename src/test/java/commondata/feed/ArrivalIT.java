package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** When a file is taken, as its feed is told. */
final class ArrivalIT {

  private static final String FILE = LargeFeed.records(3);

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    LargeFeed.makeTables(DATABASE);
  }

  @BeforeEach
  void empty() {
    feed("").empty();
  }

  private LargeFeed feed(String more) {
    return new LargeFeed(DATABASE, drop, clock, "append").with(more);
  }

  @ParameterizedTest
  @ValueSource(strings = {".done", ".complete"})
  void waitsForAMarker(String marker) {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    assertThat(feed.poll().pollOnce()).isFalse();

    feed.drop("a.csv" + marker, "");
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(feed.incoming("a.csv" + marker)).doesNotExist();
  }

  @Test
  void takesAFileWhoseHashIsAsItsMarkerDeclares() throws IOException {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    String sha256 = Digests.of(feed.incoming("a.csv")).sha256();

    feed.drop("a.csv.sha256", sha256 + "  a.csv\n");
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
  }

  @Test
  void refusesAFileWhoseHashIsAnother() throws IOException {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.sha256", "0".repeat(64));
    feed.drop("b.csv", FILE);
    feed.drop("b.csv.done", "");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("b.csv LOADED 3 3 0");
    Path reason = drop.resolve("append/rejected/refused-a.csv.reason.txt");
    assertThat(Files.readString(reason)).startsWith("E-HASH: its marker declares the hash \"000");
    assertThat(drop.resolve("append/rejected/refused-a.csv")).exists();
    assertThat(feed.incoming("a.csv.sha256")).doesNotExist();
  }

  @Test
  void leavesAFileAloneUntilItLiesStill() throws IOException {
    LargeFeed feed = feed(", ready: stable, quiet: 10s");
    feed.drop("a.csv", "id,n\n");
    FeedPoll poll = feed.poll();
    assertThat(poll.pollOnce()).isFalse();
    clock.advance(Duration.ofSeconds(9));
    Files.writeString(feed.incoming("a.csv"), "#T,0,0\n", StandardOpenOption.APPEND);
    assertThat(poll.pollOnce()).isFalse();
    clock.advance(Duration.ofSeconds(9));
    assertThat(poll.pollOnce()).isFalse();

    clock.advance(Duration.ofSeconds(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 0 0 0");
  }
}
