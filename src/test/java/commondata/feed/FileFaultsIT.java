package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** What may happen to a file and its directories: nothing is lost, and the next file passes. */
final class FileFaultsIT {

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

  /** Does something to the files the first time that the poll comes to a point. */
  private void pollWithAt(FaultPoint where, Act act) {
    pollWithAt(feed.poll(), where, act);
  }

  private void pollWithAt(FeedPoll poll, FaultPoint where, Act act) {
    AtomicBoolean once = new AtomicBoolean();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == where && once.compareAndSet(false, true)) {
                act.runUnchecked();
              }
            })) {
      untilStill(poll);
      assertThat(faults.hits(where)).isPositive();
    }
  }

  /** Also takes what was put back, which must lie still for a second. */
  private void untilStill(FeedPoll poll) {
    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofSeconds(1));
    CatalogFeed.untilQuiet(poll);
  }

  @FunctionalInterface
  private interface Act {
    void run() throws IOException;

    default void runUnchecked() {
      try {
        run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Path claimed(String name) {
    String id = feed.query("SELECT max(id)::text FROM commondata.file").get(0);
    return feed.path("claimed", id).resolve(name);
  }

  @Test
  void claimsAnewWhatWasReplacedByAnotherOfTheSameSize() {
    feed.write("a.csv", CatalogFeed.rows("A"));

    pollWithAt(
        FaultPoint.FILE_CLAIMED,
        () -> {
          feed.write(".new", CatalogFeed.rows("B"));
          Files.move(
              feed.path("incoming", ".new"),
              feed.path("incoming", "a.csv"),
              StandardCopyOption.ATOMIC_MOVE);
        });

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("B");
  }

  @Test
  void overwritesNoFileWhenItPutsAChangedOneBack() {
    feed.write("a.csv", CatalogFeed.rows("A"));

    pollWithAt(
        FaultPoint.FILE_MOVED,
        () -> {
          Files.writeString(claimed("a.csv"), CatalogFeed.rows("CHANGED"));
          feed.write("a.csv", CatalogFeed.rows("B"));
        });

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("B");
    assertThat(feed.files("rejected")).hasSize(2).first().asString().endsWith("-a.csv");
    assertThat(feed.path("rejected", feed.files("rejected").get(0)))
        .hasContent(CatalogFeed.rows("CHANGED"));
    assertThat(feed.path("rejected", feed.files("rejected").get(1)))
        .content()
        .contains("changed after it was claimed", "another file of its name");
  }

  @Test
  void claimsChangedContentAnewAlsoIfANodeDiesBeforeItPutsItBack() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    AtomicBoolean once = new AtomicBoolean();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.FILE_MOVED && once.compareAndSet(false, true)) {
                Act change = () -> Files.writeString(claimed("a.csv"), CatalogFeed.rows("B"));
                change.runUnchecked();
              } else if (point == FaultPoint.FILE_COMMITTED) {
                throw new InternalError("a node dies");
              }
            })) {
      assertThat(catchThrowable(() -> feed.poll().pollOnce())).isInstanceOf(InternalError.class);
      assertThat(faults.hits(FaultPoint.FILE_COMMITTED)).isEqualTo(1);
    }
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED");

    untilStill(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("B");
    assertThat(feed.files("rejected")).isEmpty();
  }

  @Test
  void finishesWhatANodeWasPuttingBack() throws IOException {
    feed.write("a.csv", CatalogFeed.rows("A"));
    pollWithAt(FaultPoint.FILE_MOVED, () -> Files.delete(claimed("a.csv")));
    Path claimed =
        Files.writeString(
            Files.createDirectories(claimed("a.csv").getParent()).resolve("a.csv"),
            CatalogFeed.rows("B"));
    Files.createLink(feed.path("incoming", "a.csv"), claimed);

    untilStill(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("B");
  }

  @Test
  void refusesANameOfBytesThatAreNoText() throws Exception {
    Path incoming = feed.path("incoming", "");
    Process writer =
        new ProcessBuilder("bash", "-c", "printf x > $'a\\xff.csv'")
            .directory(incoming.toFile())
            .start();
    assumeThat(writer.waitFor()).as("the file system takes any bytes").isZero();
    feed.write("b.csv", CatalogFeed.rows("B"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.items()).containsExactly("B");
    assertThat(feed.files("incoming")).isEmpty();
    assertThat(feed.path("rejected", "refused-a_.csv.reason.txt"))
        .hasContent("the name has a control character, a backslash or bytes that are no text");
    assertThat(feed.path("rejected", "refused-a_.csv")).hasContent("x");
  }

  @Test
  void endsAFileThatVanishedAndTakesItUnderAnyNameWhenItComesAgain() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    feed.write("b.csv", CatalogFeed.rows("B"));

    pollWithAt(FaultPoint.FILE_MOVED, () -> Files.delete(claimed("a.csv")));
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED");
    assertThat(feed.query("SELECT reason FROM commondata.file WHERE state = 'REJECTED'").get(0))
        .contains("E-CONTENT", "was removed after it was claimed");

    feed.write("again.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).endsWith("again.csv LOADED");
    assertThat(feed.items()).containsExactly("A", "B");
  }

  @Test
  void endsAFileThatVanishedBeforeItWasMovedAndTakesItUnderAnyName() {
    feed.write("a.csv", CatalogFeed.rows("A"));

    pollWithAt(FaultPoint.FILE_CLAIMED, () -> Files.delete(feed.path("incoming", "a.csv")));
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED");
    assertThat(feed.query("SELECT reason FROM commondata.file").get(0))
        .contains("E-CONTENT", "was removed after it was claimed");
    assertThat(feed.path("claimed", "")).isEmptyDirectory();

    feed.write("again.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "again.csv LOADED");
  }

  @Test
  void endsAFileThatVanishedWhenTheFeedIsNoLongerBusy() {
    FeedPoll poll = feed.poll();
    feed.write("a.csv", CatalogFeed.rows("A"));
    String busy =
        """
        INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
        VALUES ('catalog', '2026-11-21', 1, 'hand', 'other')
        RETURNING id::text
        """;
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.FILE_CLAIMED) {
                feed.query(busy);
                feed.path("incoming", "a.csv").toFile().delete();
              }
            })) {
      CatalogFeed.untilQuiet(poll);
      assertThat(faults.hits(FaultPoint.FILE_CLAIMED)).isEqualTo(1);
    }
    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED");

    feed.ageRuns();
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED");
    assertThat(feed.path("claimed", "")).isEmptyDirectory();
  }

  @Test
  void leavesAFileThatAnotherNodeHasMoved() {
    feed.write("a.csv", CatalogFeed.rows("A"));

    pollWithAt(
        FaultPoint.FILE_CLAIMED,
        () -> {
          Path target = claimed("a.csv");
          Files.createDirectories(target.getParent());
          Files.move(feed.path("incoming", "a.csv"), target);
        });
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
  }

  @Test
  void refusesNoFileThatAnotherNodeHas() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    FileLedger.Entry asItWas =
        new FileLedger.Entry(
            Long.parseLong(feed.query("SELECT id::text FROM commondata.file").get(0)),
            FileLedger.State.CLAIMED,
            "a.csv",
            "",
            1,
            LocalDate.of(2026, 11, 21),
            "");

    LoadOutcome outcome =
        new FeedLoader(feed.feed())
            .refuse(asItWas, LocalDate.of(2026, 11, 21), new FileError(0, Code.NAME, "no"));

    assertThat(outcome).isInstanceOf(LoadOutcome.Busy.class);
    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  @Test
  void leavesAFileAloneThatAnotherNodeIsPuttingBack() throws IOException {
    Path claimed = Files.createDirectory(feed.path("claimed", "77")).resolve("a.csv");
    Files.writeString(claimed, CatalogFeed.rows("A"));
    Files.createLink(feed.path("incoming", "a.csv"), claimed);
    DropDirectory directory = feed.feed().drop();

    for (int seconds = 0; seconds <= 60; seconds += 20) {
      assertThat(waiting(directory, seconds)).isEmpty();
    }
    assertThat(feed.files("rejected")).isEmpty();
    Files.delete(claimed);
    assertThat(waiting(directory, 0)).containsExactly(feed.path("incoming", "a.csv"));
  }

  private List<Path> waiting(DropDirectory directory, int seconds) {
    return directory.waiting(clock.instant().plusSeconds(seconds), (path, why) -> {});
  }

  @Test
  void overwritesNoFileWhoseNameWasRefusedBefore() throws IOException {
    for (int n = 0; n < 3; n++) {
      Files.createDirectory(feed.path("incoming", "a.csv"));
      assertThat(feed.poll().pollOnce()).isFalse();
    }

    try (var refused = Files.list(feed.path("rejected", ""))) {
      assertThat(refused.map(DropDirectory::name))
          .containsExactlyInAnyOrder(
              "refused-a.csv",
              "refused-a.csv.reason.txt",
              "refused-a.csv-2",
              "refused-a.csv-2.reason.txt",
              "refused-a.csv-3",
              "refused-a.csv-3.reason.txt");
    }
  }

  @Test
  void refusesAFileThatNeedsMoreStackThanThereIs() {
    feed.write("a.csv", CatalogFeed.rows("A"));
    feed.write("b.csv", CatalogFeed.rows("B"));

    pollWithAt(
        FaultPoint.FILE_STAGED,
        () -> {
          throw new StackOverflowError();
        });

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED");
    assertThat(feed.query("SELECT code FROM commondata.file_reject")).containsExactly("E-JOB");
  }

  /** What a record is shown with is cut, and between characters. */
  @Test
  void keepsTheBeginningOfALongRecord() {
    feed.write("a.csv", CatalogFeed.rows("A") + "x".repeat(999) + "😀".repeat(2_000) + "\n");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.query("SELECT DISTINCT raw FROM commondata.file_reject"))
        .containsExactly("x".repeat(999));
  }

  @Test
  void loadsWholeWhatVanishesWhileItIsRead() {
    feed.write("a.csv", CatalogFeed.rows("A"));

    pollWithAt(FaultPoint.FILE_STAGED, () -> Files.delete(claimed("a.csv")));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
    assertThat(feed.items()).containsExactly("A");
  }

  @ParameterizedTest
  @ValueSource(strings = {"archive", "rejected"})
  void passesAFileThatCantBeSettledAndSettlesItLater(String directory) throws IOException {
    FeedPoll poll = feed.poll();
    Path obstacle = feed.path(directory, "");
    Files.delete(obstacle);
    Files.writeString(obstacle, "no directory");
    feed.write("a.csv", "sku\nA\n");
    feed.write("b.csv", CatalogFeed.rows("B"));
    feed.write("c.csv", CatalogFeed.rows("C"));

    CatalogFeed.untilQuiet(poll);
    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED", "c.csv LOADED");
    assertThat(feed.items()).containsExactly("B", "C");

    Files.delete(obstacle);
    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.files("claimed")).isEmpty();
    assertThat(feed.files("archive")).hasSize(2);
    assertThat(feed.files("rejected")).hasSize(2);
    assertThat(feed.items()).containsExactly("B", "C");
  }

  @Test
  void passesWhatCantBeMovedOutOfTheWay() throws IOException {
    FeedPoll poll = feed.poll();
    Files.delete(feed.path("rejected", ""));
    Files.writeString(feed.path("rejected", ""), "no directory");
    Files.createDirectory(feed.path("incoming", "a.csv"));
    feed.write("b.csv", CatalogFeed.rows("B"));

    CatalogFeed.untilQuiet(poll);

    assertThat(feed.items()).containsExactly("B");
  }

  @Test
  void passesWhatIsNoPlaceOfAFile() throws IOException {
    FeedPoll poll = feed.poll();
    Files.writeString(feed.path("claimed", "20261121.csv"), "no place");
    Files.writeString(feed.path("claimed", "42"), "no place");
    feed.write("a.csv", CatalogFeed.rows("A"));

    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
    assertThat(feed.items()).containsExactly("A");
    assertThat(feed.files("claimed")).containsExactly("20261121.csv", "42");
  }

  @Test
  void takesWhatWasThereAtItsLookAndThenWhatIsThereNow() throws IOException {
    FeedPoll poll = feed.poll();
    feed.write("b.csv", CatalogFeed.rows("B"));
    feed.write("c.csv", CatalogFeed.rows("C"));
    feed.write("d.csv", CatalogFeed.rows("D"));

    assertThat(poll.pollOnce()).isTrue();
    feed.write("a.csv", CatalogFeed.rows("A"));
    Files.move(feed.path("incoming", "c.csv"), feed.path("incoming", "e.csv"));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger())
        .containsExactly("b.csv LOADED", "d.csv LOADED", "a.csv LOADED", "e.csv LOADED");
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 255})
  void refusesANameThatIsTooLong(int length) throws IOException {
    feed.write("x".repeat(length - 4) + ".csv", CatalogFeed.rows("A"));
    feed.write("..b..csv.csv", CatalogFeed.rows("DOTS"));
    feed.write("b..csv", CatalogFeed.rows("B"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("b..csv LOADED");
    assertThat(feed.files("incoming")).as("names with a dot first are hidden").hasSize(1);
    Path reason = feed.path("rejected", "refused-" + "x".repeat(100) + ".reason.txt");
    assertThat(reason).hasContent("the name is longer than 200 bytes");
  }
}
