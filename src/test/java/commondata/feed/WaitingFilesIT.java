package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.fault.FaultPoint;
import commondata.operate.Act;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Files that must wait for another one: of their content, of their name. */
final class WaitingFilesIT {

  private static final Act ANN = new Act("ann", "the store says so");

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  @TempDir private Path drop = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed feed;

  @BeforeEach
  void begin() {
    feed = new CatalogFeed(DATABASE, drop, clock);
    feed.empty();
  }

  private void poll() {
    CatalogFeed.untilQuiet(feed.poll());
  }

  /** A run of the feed that is under way elsewhere, for two seconds. */
  private void beBusy() {
    feed.query(
        """
        INSERT INTO commondata.run (job, business_date, attempt, started_by, node)
        VALUES ('catalog', '2026-11-21', 1, 'hand', 'other')
        RETURNING id::text
        """);
  }

  /** A file whose name was loaded with other content. */
  private long held(String... skus) {
    feed.write("a.csv", CatalogFeed.rows("FIRST"));
    poll();
    feed.write("a.csv", CatalogFeed.rows(skus));
    poll();
    return Long.parseLong(
        feed.query("SELECT id::text FROM commondata.file WHERE state = 'HELD'").get(0));
  }

  private Path place(long id) {
    return feed.path("claimed", Long.toString(id));
  }

  @Test
  void loadsTheSameContentIfTheFirstIsRefused() {
    long held = held("B");
    feed.write("b.csv", CatalogFeed.rows("B"));
    feed.write("c.csv", CatalogFeed.rows("C"));
    poll();
    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv HELD", "c.csv LOADED");
    assertThat(feed.files("incoming")).containsExactly("b.csv");

    assertThat(operate.reject(held, ANN)).isEmpty();
    poll();

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED", "a.csv REJECTED", "c.csv LOADED", "b.csv LOADED");
    assertThat(feed.items()).containsExactly("B", "C", "FIRST");
  }

  @Test
  void isADuplicateOnceTheFirstIsLoaded() {
    long held = held("B");
    feed.write("b.csv", CatalogFeed.rows("B"));
    poll();

    assertThat(operate.release(held, ANN)).isEmpty();
    poll();

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv LOADED", "b.csv DUPLICATE");
    assertThat(feed.files("incoming")).isEmpty();
    assertThat(feed.files("archive"))
        .extracting(name -> name.replaceFirst("^[0-9]+-", ""))
        .containsExactlyInAnyOrder("a.csv", "a.csv", "b.csv.duplicate");
  }

  @Test
  void asksBeforeNewContentOfANameThatIsOnItsWay() {
    beBusy();
    feed.write("a.csv", CatalogFeed.rows("A"));
    poll();
    feed.write("a.csv", CatalogFeed.rows("B"));
    poll();
    assertThat(feed.ledger()).containsExactly("a.csv CLAIMED");
    assertThat(feed.files("incoming")).containsExactly("a.csv");

    feed.ageRuns();
    poll();

    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv HELD");
    assertThat(feed.items()).containsExactly("A");
  }

  @Test
  void doesNotWaitForAFileThatVanished() {
    dieWithoutTheFile("a.csv", "A");
    feed.write("b.csv", CatalogFeed.rows("A"));

    poll();

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED");
  }

  @Test
  void doesNotWaitForAFileWhoseNameAnotherHas() {
    dieWithoutTheFile("a.csv", "A");
    feed.write("a.csv", CatalogFeed.rows("B"));

    poll();

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "a.csv LOADED");
    assertThat(feed.items()).containsExactly("B");
  }

  /** A node dies behind the claim, and then whoever handed the file in takes it away. */
  private void dieWithoutTheFile(String name, String sku) {
    feed.write(name, CatalogFeed.rows(sku));
    try (Faults faults = Faults.dieAt(FaultPoint.FILE_CLAIMED)) {
      assertThat(catchThrowable(this::poll)).isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(FaultPoint.FILE_CLAIMED)).isEqualTo(1);
    }
    assertThat(feed.path("incoming", name).toFile().delete()).isTrue();
  }

  @Test
  void readsAWaitingFileOnce() throws IOException {
    held("B");
    feed.write("b.csv", CatalogFeed.rows("B"));
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    Path waiting = feed.path("incoming", "b.csv");
    FileTime changed = Files.getLastModifiedTime(waiting);
    Files.writeString(waiting, CatalogFeed.rows("C"));
    Files.setLastModifiedTime(waiting, changed);

    CatalogFeed.untilQuiet(poll);
    assertThat(feed.files("incoming")).as("as it looks the same").containsExactly("b.csv");

    Files.setLastModifiedTime(waiting, FileTime.fromMillis(changed.toMillis() + 1));
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.items()).containsExactly("C", "FIRST");
  }

  @Test
  void replacesNoHeldFileByOneThatComesAfterIt() throws IOException {
    long held = held("B");
    feed.write("a.csv", CatalogFeed.rows("B"));
    poll();
    assertThat(feed.files("incoming")).as("the same once more").containsExactly("a.csv");

    feed.write("a.csv", CatalogFeed.rows("C"));
    poll();

    assertThat(place(held).resolve("a.csv")).hasContent(CatalogFeed.rows("B").strip());
    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv HELD", "a.csv HELD");
  }

  @Test
  void replacesNoFileThatAnotherNodeHasMovedMeanwhile() throws IOException {
    feed.write("a.csv", CatalogFeed.rows("A"));
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.FILE_TAKEN) {
                moveAsAnotherNode();
              }
            })) {
      assertThat(feed.poll().pollOnce()).isFalse();
      assertThat(faults.hits(FaultPoint.FILE_TAKEN)).isEqualTo(1);
    }
    assertThat(feed.files("claimed")).containsExactly("a.csv");
    assertThat(feed.files("incoming")).containsExactly("a.csv");

    poll();
    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv DUPLICATE");
  }

  private void moveAsAnotherNode() {
    long id = Long.parseLong(feed.query("SELECT id::text FROM commondata.file").get(0));
    try {
      Files.writeString(Files.createDirectory(place(id)).resolve("a.csv"), CatalogFeed.rows("A"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void movesARejectedFileAwayWithTheReason() throws IOException {
    long held = held("B");

    assertThat(operate.reject(held, ANN)).isEmpty();
    assertThat(operate.reject(held, ANN))
        .contains("is neither HELD nor CLAIMED: there is nothing to reject");
    poll();

    Path rejected = feed.path("rejected", held + "-a.csv");
    assertThat(rejected).exists();
    assertThat(rejected.resolveSibling(held + "-a.csv.reason.txt"))
        .hasContent("rejected by ann: the store says so");
    assertThat(operate.acts("file " + held, 1))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.act()).isEqualTo("reject");
              assertThat(act.before()).isEqualTo("{\"state\": \"HELD\", \"inPart\": false}");
              assertThat(act.after()).isEqualTo("{\"state\": \"REJECTED\"}");
            });
    assertThat(feed.query("SELECT file::text FROM invariant.file_agrees_with_run")).isEmpty();
  }

  @Test
  void rejectsAFileThatVanishedAndNoneThatIsBeingLoaded() {
    dieWithoutTheFile("a.csv", "A");
    long gone = Long.parseLong(feed.query("SELECT id::text FROM commondata.file").get(0));
    DATABASE
        .login("catalog_service")
        .inTransactionDo(
            () -> {
              assertThat(feed.feed().files().hold(gone)).isTrue();
              assertThat(operate.reject(gone, ANN))
                  .contains("is being loaded right now: wait for its end");
            });

    assertThat(operate.reject(gone, ANN)).isEmpty();
    feed.write("b.csv", CatalogFeed.rows("A"));
    poll();

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED", "b.csv LOADED");
  }

  @Test
  void replacesNothingWhenNumbersAreGivenOutAgain() {
    for (String sku : List.of("A", "B")) {
      DATABASE.superuser().sql("TRUNCATE commondata.file RESTART IDENTITY CASCADE").update();
      feed.write("a.csv", CatalogFeed.rows(sku));
      feed.write("bad.csv", sku);
      poll();
    }

    assertThat(feed.files("archive")).containsExactly("1-a.csv", "1-a.csv-2");
    assertThat(feed.files("rejected"))
        .containsExactly(
            "2-bad.csv", "2-bad.csv-2", "2-bad.csv-2.reason.txt", "2-bad.csv.reason.txt");
  }

  @Test
  void putsBackWhatTheLedgerHasNoRowOf() throws IOException {
    feed.write("b.csv", CatalogFeed.rows("B"));
    poll();
    long other = Long.parseLong(feed.query("SELECT id::text FROM commondata.file").get(0));
    Files.writeString(Files.createDirectory(place(other)).resolve("a.csv"), CatalogFeed.rows("A"));
    Files.writeString(Files.createDirectory(place(4_711)).resolve("c.csv"), CatalogFeed.rows("C"));

    poll();

    assertThat(feed.ledger()).containsExactly("b.csv LOADED", "a.csv LOADED", "c.csv LOADED");
    assertThat(feed.files("claimed")).isEmpty();
  }
}
