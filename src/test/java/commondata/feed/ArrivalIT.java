package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.fault.FaultHook;
import commondata.fault.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
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
  @ValueSource(strings = {".done", ".complete", ".sha256"})
  void takesTheLongestNameWithItsMarker(String marker) {
    String name = "a".repeat(DropName.BYTES_MAX);
    LargeFeed feed = feed(", ready: marker");
    feed.drop(name, FILE);
    feed.drop(name + marker, marker.equals(".sha256") ? Digests.of(FILE) : "");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly(name + " LOADED 3 3 0");
    assertThat(feed.incoming(name + marker)).doesNotExist();
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

  /** A writer that dies between the two steps of giving a file its name. */
  @Test
  void takesAFileThatStillHasItsHiddenName() throws IOException {
    LargeFeed feed = feed("");
    Path hidden = feed.incoming(".a.csv.0f0e.part");
    feed.drop(".a.csv.0f0e.part", FILE);
    feed.drop(".a.csv.other.part", "half");
    Files.createLink(feed.incoming("a.csv"), hidden);
    Files.createLink(feed.incoming("b.csv"), feed.incoming(".a.csv.other.part"));

    FeedPoll poll = feed.poll();
    for (int second = 0; second <= 10; second++) {
      CatalogFeed.untilQuiet(poll);
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(hidden).doesNotExist();
    // That is another file's name.
    assertThat(feed.incoming(".a.csv.other.part")).exists();
    assertThat(feed.incoming("b.csv")).doesNotExist();
  }

  @Test
  void ignoresAMarkerThatIsOlderThanItsFile() throws IOException {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv.done", "");
    feed.drop("a.csv.sha256", "0".repeat(64));
    for (String marker : List.of("a.csv.done", "a.csv.sha256")) {
      Files.setLastModifiedTime(
          feed.incoming(marker), FileTime.from(Instant.parse("2026-11-20T12:00:00Z")));
    }
    feed.drop("a.csv", LargeFeed.records(3));
    Files.setLastModifiedTime(
        feed.incoming("a.csv"), FileTime.from(Instant.parse("2026-11-20T12:00:01Z")));

    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).isEmpty();

    feed.drop("a.csv.complete", "");
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
    assertThat(feed.incoming("a.csv.done")).doesNotExist();
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

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63})
  void waitsUntilTheHashIsWritten(int length) throws IOException {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.done", "");
    String sha256 = Digests.of(feed.incoming("a.csv")).sha256();

    feed.drop("a.csv.sha256", sha256.substring(0, length));
    assertThat(feed.poll().pollOnce()).isFalse();
    assertThat(feed.incoming("a.csv")).exists();
    assertThat(feed.ledger()).isEmpty();

    feed.drop("a.csv.sha256", sha256);
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "abc\n", "none", "a.csv  "})
  void refusesAFileWhoseMarkerHasNoHash(String marker) {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.sha256", marker);

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .startsWith("E-HASH: its marker declares the hash \"" + marker.strip());
  }

  @Test
  void refusesAFileWhoseHashIsAnother() throws IOException {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.sha256", "0".repeat(64));
    feed.drop("b.csv", FILE);
    feed.drop("b.csv.done", "");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0", "b.csv LOADED 3 3 0");
    String id = feed.one("SELECT min(id)::text FROM commondata.file");
    Path refused = drop.resolve("append/rejected").resolve(id + "-a.csv");
    assertThat(refused).exists();
    assertThat(refused.resolveSibling(id + "-a.csv.reason.txt"))
        .content()
        .startsWith("E-HASH: its marker declares the hash \"000");
    assertThat(feed.incoming("a.csv.sha256")).doesNotExist();
  }

  @Test
  void refusesAFileForItsHashAsAnyOther() {
    LargeFeed feed = feed(", ready: marker, name: 'f(?<sequence>\\d+)\\.csv'");
    DATABASE.superuser().sql("TRUNCATE commondata.feed_sequence").update();
    feed.drop("f2.csv", FILE);
    feed.drop("f2.csv.done", "");
    CatalogFeed.untilQuiet(feed.poll());
    feed.drop("f1.csv", FILE);
    feed.drop("f1.csv.sha256", "0".repeat(64));
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(
            feed.query(
                """
                SELECT concat_ws(' | ', f.name, f.sequence, r.line, r.code, r.message)
                FROM commondata.file_reject AS r
                JOIN commondata.file AS f
                    ON f.id = r.file
                    AND f.reason = r.code || ': ' || r.message
                """))
        .singleElement()
        .asString()
        .startsWith("f1.csv | 1 | 0 | E-HASH | its marker declares the hash \"000");
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', n.job, n.state, n.exit_code, n.node, n.params ->> 'name')
                FROM commondata.run AS n
                JOIN commondata.file AS f ON f.run = n.id AND n.params ->> 'file' = f.id::text
                """))
        .containsExactly("append FAILED 8 test f1.csv");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE state = 'HELD'"))
        .contains("number 1 was refused: file", "(f1.csv), E-HASH;");
    assertThat(feed.query("SELECT file::text FROM invariant.file_agrees_with_run")).isEmpty();
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

  @Test
  void takesTheBusinessDateThatThePatternFinds() {
    LargeFeed feed = feed(", name: 'made-\\d{8}-for-(?<business_date>[0-9-]+)\\.csv'");
    feed.drop("made-20261121-for-2026-11-19.csv", FILE);

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.query("SELECT business_date::text FROM commondata.file"))
        .containsExactly("2026-11-19");
  }

  @Test
  void refusesANameThatDoesNotMatchAndTakesTheRightOne() throws IOException {
    LargeFeed feed = feed(", name: 'returns-(?<business_date>[0-9-]+)\\.csv'");
    feed.drop("Returns.csv", FILE);
    feed.drop("returns-2026-02-30.csv", "id,n\n#T,0,0\n");
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger())
        .containsExactly("Returns.csv REJECTED 0 0 0", "returns-2026-02-30.csv REJECTED 0 0 0");
    assertThat(feed.rejects()).containsExactly("0 E-NAME", "0 E-NAME");
    String id = feed.one("SELECT id::text FROM commondata.file WHERE name = 'Returns.csv'");
    assertThat(
            Files.readString(
                drop.resolve("append/rejected/%s-Returns.csv.reason.txt".formatted(id))))
        .startsWith("E-NAME: the name \"Returns.csv\" does not match source.name, \"returns-");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE name = 'returns-2026-02-30.csv'"))
        .contains("has \"2026-02-30\" as its business date, expected a day");

    // No column takes that year: it must not hold up who comes behind.
    feed.drop("returns--9999-01-01.csv", "id,n\n#T,0,1\n");
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).contains("returns--9999-01-01.csv REJECTED 0 0 0");

    feed.drop("returns-2026-11-20.csv", FILE);
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).contains("returns-2026-11-20.csv LOADED 3 3 0");
  }

  @Test
  void refusesAFileThatIsTooLargeUnread() throws IOException {
    LargeFeed feed = feed(", ready: marker, max_bytes: %d".formatted(FILE.length()));
    feed.drop("a.csv", FILE + "x");
    feed.drop("a.csv.done", "");
    feed.drop("b.csv", FILE);
    feed.drop("b.csv.done", "");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("b.csv LOADED 3 3 0");
    assertThat(drop.resolve("append/rejected/refused-a.csv.reason.txt"))
        .hasContent(
            "it has %d bytes, source.max_bytes allows %d"
                .formatted(FILE.length() + 1, FILE.length()));
    assertThat(drop.resolve("append/incoming")).isEmptyDirectory();
  }

  /** Whatever the database has against one file is no reason to leave the others. */
  @Test
  void leavesAFileAloneThatTheDatabaseRefuses() {
    LargeFeed feed = feed("");
    DATABASE
        .superuser()
        .sql("ALTER TABLE commondata.file ADD CONSTRAINT refused CHECK (name <> 'a.csv') NOT VALID")
        .update();
    try {
      feed.drop("a.csv", FILE);
      feed.drop("b.csv", "id,n\n#T,0,0\n");

      CatalogFeed.untilQuiet(feed.poll());

      assertThat(feed.ledger()).containsExactly("b.csv LOADED 0 0 0");
    } finally {
      DATABASE.superuser().sql("ALTER TABLE commondata.file DROP CONSTRAINT refused").update();
    }
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).contains("a.csv LOADED 3 3 0");
  }

  @Test
  void leavesTheMarkerOfAFileThatCameUnderTheSameName() {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE);
    feed.drop("a.csv.done", "");
    AtomicBoolean once = new AtomicBoolean();
    FaultHook dropAgain =
        point -> {
          if (point == FaultPoint.FILE_MOVED && once.compareAndSet(false, true)) {
            feed.drop("a.csv", LargeFeed.records(4));
            replace(feed.incoming("a.csv.done"), "");
          }
        };

    try (Faults faults = Faults.at(dropAgain)) {
      CatalogFeed.untilQuiet(feed.poll());
      assertThat(faults.hits(FaultPoint.FILE_MOVED)).isEqualTo(2);
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0", "a.csv HELD 0 0 0");
    assertThat(feed.incoming("a.csv.done")).doesNotExist();
  }

  @Test
  void readsAFileThatCameInThePlaceOfADuplicate() {
    LargeFeed feed = feed("");
    feed.drop("a.csv", FILE);
    CatalogFeed.untilQuiet(feed.poll());
    feed.drop("b.csv", FILE);
    AtomicBoolean once = new AtomicBoolean();
    FaultHook replaceOnce =
        point -> {
          if (point == FaultPoint.FILE_CLAIMED && once.compareAndSet(false, true)) {
            replace(feed.incoming("b.csv"), "id,n\n%s,1\n#T,1,1\n".formatted(LargeFeed.id(7)));
          }
        };

    try (Faults faults = Faults.at(replaceOnce)) {
      FeedPoll poll = feed.poll();
      CatalogFeed.untilQuiet(poll);
      clock.advance(Duration.ofSeconds(1));
      CatalogFeed.untilQuiet(poll);
      assertThat(faults.hits(FaultPoint.FILE_CLAIMED)).isEqualTo(2);
    }

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED 3 3 0", "b.csv DUPLICATE 0 0 0", "b.csv LOADED 1 1 0");
  }

  /** Whoever sees that it is damaged sends it again at once. */
  @Test
  void readsAFileThatCameInThePlaceOfOneWithAnotherHash() {
    LargeFeed feed = feed(", ready: marker");
    feed.drop("a.csv", FILE.substring(1));
    feed.drop("a.csv.sha256", Digests.of(FILE));
    AtomicBoolean once = new AtomicBoolean();
    FaultHook replaceOnce =
        point -> {
          if (point == FaultPoint.FILE_CLAIMED && once.compareAndSet(false, true)) {
            replace(feed.incoming("a.csv"), FILE);
            replace(feed.incoming("a.csv.sha256"), Digests.of(FILE));
          }
        };

    try (Faults faults = Faults.at(replaceOnce)) {
      CatalogFeed.untilQuiet(feed.poll());
      assertThat(faults.hits(FaultPoint.FILE_CLAIMED)).isEqualTo(2);
    }

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0", "a.csv LOADED 3 3 0");
    assertThat(drop.resolve("append/rejected")).isEmptyDirectory();
    assertThat(drop.resolve("append/incoming")).isEmptyDirectory();
  }

  @Test
  void loadsContentOfAWrongNameUnderTheRightOne() {
    LargeFeed feed = feed(", name: 'returns-(?<business_date>[0-9-]+)\\.csv'");
    feed.query(
        """
        INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
        VALUES ('append', '2026-11-21', 1, 'hand', 'other')
        RETURNING id::text
        """);
    feed.drop("Wrong.csv", FILE);
    CatalogFeed.untilQuiet(feed.poll());
    feed.drop("returns-2026-11-20.csv", FILE);
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).containsExactly("Wrong.csv CLAIMED 0 0 0");

    feed.ageRuns();
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger())
        .containsExactly("Wrong.csv REJECTED 0 0 0", "returns-2026-11-20.csv LOADED 3 3 0");
  }

  /** Its node may be down meanwhile, and its content may be older. */
  @Test
  void takesTheDayOnWhichAFileCameForItsBusinessDate() throws IOException {
    LargeFeed feed = feed("");
    feed.drop("a.csv", FILE);
    Files.setLastModifiedTime(
        feed.incoming("a.csv"), FileTime.from(Instant.parse("2026-11-20T12:00:00Z")));
    Instant came = DropDirectory.cameAt(feed.incoming("a.csv")).toInstant();
    clock.set(came.plus(Duration.ofDays(2)));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.query("SELECT business_date::text FROM commondata.file"))
        .containsExactly(LocalDate.ofInstant(came, ZoneOffset.UTC).toString());
  }

  @ParameterizedTest
  @EnumSource(names = {"FILE_CLAIMED", "FILE_MOVED"})
  void keepsTheBusinessDateThatAFileWasClaimedWith(FaultPoint deadly) {
    LargeFeed feed = feed("");
    feed.drop("a.csv", FILE);
    try (Faults faults = Faults.dieAt(deadly)) {
      assertThat(catchThrowable(() -> feed.poll().pollOnce())).isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(deadly)).isEqualTo(1);
    }
    DATABASE.superuser().sql("UPDATE commondata.file SET business_date = '2026-11-19'").update();

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', f.state, f.business_date, r.business_date)
                FROM commondata.file AS f
                JOIN commondata.run AS r ON r.id = f.run
                """))
        .containsExactly("LOADED 2026-11-19 2026-11-19");
  }

  private static void replace(Path file, String content) {
    try {
      Path other = Files.writeString(file.resolveSibling(".other"), content);
      Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
