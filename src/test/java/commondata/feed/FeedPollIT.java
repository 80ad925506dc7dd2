package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.fault.FaultHook;
import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

final class FeedPollIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed feed;

  @BeforeEach
  void begin() {
    feed = new CatalogFeed(DATABASE, drop, clock);
    feed.empty();
  }

  @ParameterizedTest
  @EnumSource(names = "FILE_.*", mode = EnumSource.Mode.MATCH_ALL)
  void loadsAFileOnceWhereverANodeDies(FaultPoint point) {
    feed.write("catalog-2026-11-20.csv", CatalogFeed.rows("A", "B"));

    pollUntilKilledAt(point);
    feed.ageRuns();
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("catalog-2026-11-20.csv LOADED");
    assertThat(feed.items()).containsExactly("A", "B");
    assertThat(feed.events()).containsExactly("A", "B");
    assertThat(feed.staged()).isEmpty();
    assertThat(feed.files("incoming")).isEmpty();
    assertThat(feed.files("claimed")).isEmpty();
    assertThat(feed.files("archive")).hasSize(1);
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  @Test
  void letsAFileRestThatNodesDieOfAndLoadsThoseBehindIt() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    for (int death = 1; death <= 3; death++) {
      pollUntilKilledAt(FaultPoint.FILE_STAGED);
      feed.ageRuns();
    }
    feed.write("b.csv", CatalogFeed.rows("B"));
    FeedPoll poll = feed.poll();

    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED", "b.csv LOADED");
    assertThat(feed.query("SELECT message FROM commondata.run WHERE state = 'FAILED'"))
        .singleElement()
        .asString()
        .contains("(a.csv)", "file reject");

    DATABASE
        .superuser()
        .sql("UPDATE commondata.run SET finished_at = finished_at - interval '10 s'")
        .update();
    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "b.csv LOADED");
    assertThat(feed.items()).containsExactly("A", "B");
  }

  private void pollUntilKilledAt(FaultPoint point) {
    try (Faults faults = Faults.dieAt(point)) {
      assertThat(catchThrowable(() -> CatalogFeed.untilQuiet(feed.poll())))
          .isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(point)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FILE_CLAIMED",
        "FILE_TAKEN",
        "FILE_MOVED",
        "FILE_STARTED",
        "FILE_LOCKED",
        "FILE_STAGED",
        "FILE_FINISHED",
        "FILE_COMMITTED",
        "FILE_SETTLED"
      })
  void refusesAFileOnceWhereverANodeDies(FaultPoint point) throws IOException {
    feed.write("bad.csv", "sku\nA\n");

    pollUntilKilledAt(point);
    feed.ageRuns();
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("bad.csv REJECTED");
    assertThat(feed.query("SELECT code FROM commondata.file_reject")).containsExactly("E-HEADER");
    assertThat(feed.files("claimed")).isEmpty();
    assertThat(feed.files("rejected")).hasSize(2).allMatch(name -> name.contains("-bad.csv"));
    Path reason = feed.path("rejected", feed.files("rejected").get(1));
    assertThat(reason).content().contains("E-HEADER at line 1: the header lacks the columns");
  }

  @ParameterizedTest
  @EnumSource(names = {"FILE_CLAIMED", "FILE_TAKEN", "FILE_MOVED", "FILE_SETTLED"})
  void archivesADuplicateOnceWhereverANodeDies(FaultPoint point) {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    feed.write("b.csv", CatalogFeed.rows("A"));

    pollUntilKilledAt(point);
    CatalogFeed.untilQuiet(feed.poll());

    // A row that ends with the claim can't be told from that of an earlier copy.
    int rows = point == FaultPoint.FILE_CLAIMED ? 2 : 1;
    assertThat(feed.ledger()).first().isEqualTo("a.csv LOADED");
    assertThat(feed.ledger().subList(1, 1 + rows)).containsOnly("b.csv DUPLICATE");
    assertThat(feed.ledger()).hasSize(1 + rows);
    assertThat(feed.items()).containsExactly("A");
    assertThat(feed.events()).containsExactly("A");
    assertThat(feed.files("incoming")).isEmpty();
    assertThat(feed.path("claimed", "")).isEmptyDirectory();
    assertThat(feed.files("archive"))
        .satisfiesExactly(
            loaded -> assertThat(loaded).endsWith("-a.csv"),
            duplicate -> assertThat(duplicate).endsWith("-b.csv.duplicate"));
  }

  @Test
  void holdsANameWithOtherContentUntilAnOperatorReleasesIt() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    feed.write("a.csv", CatalogFeed.rows("A", "B"));
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv HELD");
    assertThat(feed.items()).containsExactly("A");

    DATABASE
        .login("commondata_operator")
        .jdbc()
        .sql(
            "SELECT commondata.release_file(id, 'ann', 'looked at it') FROM commondata.file WHERE state = 'HELD'")
        .query()
        .listOfRows();
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("A", "B");
    assertThat(feed.files("archive")).hasSize(2);
  }

  @Test
  void letsTheNextFilePassAHeldOne() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    feed.write("a.csv", CatalogFeed.rows("B"));
    feed.write("b.csv", CatalogFeed.rows("C"));
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.items()).containsExactly("A", "C");
  }

  @Test
  void takesNoTemporaryName() {
    List<String> names =
        List.of(".a.csv", "a.WRITING", "a.csv.swp", "a.csv.tmp", "a.filepart", "a.part");
    names.forEach(name -> feed.write(name, CatalogFeed.rows("A")));

    assertThat(feed.poll().pollOnce()).isFalse();
    assertThat(feed.files("incoming")).isEqualTo(names);
  }

  @Test
  void movesWhatIsNoFileOutOfTheWayUnopened(@TempDir Path elsewhere) throws Exception {
    Path secret = Files.writeString(elsewhere.resolve("secret"), CatalogFeed.rows("S"));
    Files.createSymbolicLink(feed.path("incoming", "link.csv"), secret);
    Files.createDirectory(feed.path("incoming", "directory.csv"));
    String pipe = feed.path("incoming", "pipe.csv").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    feed.write("new\nline.csv", CatalogFeed.rows("N"));
    feed.write("good.csv", CatalogFeed.rows("G"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.items()).containsExactly("G");
    assertThat(feed.files("incoming")).isEmpty();
    assertThat(feed.path("rejected", "refused-link.csv.reason.txt"))
        .hasContent("it is no regular file: a symbolic link");
    assertThat(feed.path("rejected", "refused-pipe.csv.reason.txt"))
        .hasContent("it is no regular file: a pipe, socket or device");
    assertThat(feed.path("rejected", "refused-directory.csv.reason.txt")).exists();
    assertThat(feed.path("rejected", "refused-new_line.csv.reason.txt")).exists();
  }

  @Test
  void claimsAnewWhatWasWrittenToAfterTheClaim() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    AtomicBoolean once = new AtomicBoolean();
    FaultHook appendOnce =
        point -> {
          if (point == FaultPoint.FILE_MOVED && once.compareAndSet(false, true)) {
            append(feed.files("claimed").get(0));
          }
        };
    try (Faults faults = Faults.at(appendOnce)) {
      FeedPoll poll = feed.poll();
      CatalogFeed.untilQuiet(poll);
      clock.advance(Duration.ofSeconds(1));
      CatalogFeed.untilQuiet(poll);
      assertThat(faults.hits(FaultPoint.FILE_MOVED)).isEqualTo(2);
    }

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("A", "LATE");
  }

  private void append(String name) {
    List<String> ids = feed.query("SELECT id::text FROM commondata.file");
    Path file = feed.path("claimed", ids.get(0)).resolve(name);
    try {
      Files.writeString(file, "LATE,Title,Artist,,,0.99,1\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void loadsEachFileOnceWithManyNodes() {
    List<String> skus = IntStream.range(100, 130).mapToObj(n -> "S-" + n).toList();
    skus.forEach(sku -> feed.write(sku + ".csv", CatalogFeed.rows(sku)));

    List<CompletableFuture<Void>> nodes = new ArrayList<>();
    for (int n = 0; n < 4; n++) {
      FeedPoll poll = feed.poll();
      nodes.add(
          CompletableFuture.runAsync(
              () -> {
                while (feed.items().size() < skus.size()) {
                  CatalogFeed.untilQuiet(poll);
                }
                CatalogFeed.untilQuiet(poll);
              }));
    }
    nodes.forEach(CompletableFuture::join);
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.items()).isEqualTo(skus);
    assertThat(feed.events()).isEqualTo(skus);
    assertThat(feed.files("archive")).hasSize(skus.size());
    assertThat(feed.files("claimed")).isEmpty();
  }

  @Test
  void refusesAFileWhoseMergeFailsAndGoesOn() {
    DATABASE
        .superuser()
        .sql("ALTER TABLE catalog.item ADD CONSTRAINT no_x CHECK (sku <> 'X')")
        .update();
    feed.write("a.csv", CatalogFeed.rows("W", "X"));
    feed.write("b.csv", CatalogFeed.rows("Y"));
    CatalogFeed.untilQuiet(feed.poll());
    DATABASE.superuser().sql("ALTER TABLE catalog.item DROP CONSTRAINT no_x").update();

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED");
    assertThat(feed.items()).containsExactly("Y");
    assertThat(feed.events()).containsExactly("Y");
    assertThat(feed.query("SELECT exit_code::text FROM commondata.run ORDER BY id"))
        .containsExactly("12", "0");
    assertThat(feed.query("SELECT reason FROM commondata.file WHERE state = 'REJECTED'").get(0))
        .contains("E-JOB", "merge.sql, line 3", "no_x");
  }

  @Test
  void reportsManyRejectsWithAllOthersLoaded() {
    StringBuilder csv = new StringBuilder(CatalogFeed.HEADER);
    for (int n = 0; n < 2_500; n++) {
      csv.append("G-%d,Title,Artist,,,0.99,1%n".formatted(n));
      csv.append(n % 3 == 0 ? "B-%d,,,,,x,y%n".formatted(n) : "");
    }
    feed.write("many.csv", csv.toString());
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', state, record_count, loaded_count, rejected_count)
                FROM commondata.file
                """))
        .containsExactly("LOADED 3334 2500 834");
    assertThat(feed.query("SELECT count(*)::text FROM commondata.file_reject"))
        .containsExactly("3336");
  }
}
