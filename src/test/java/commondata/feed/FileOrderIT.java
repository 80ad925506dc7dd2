package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import commondata.job.FileName;
import commondata.operate.Act;
import commondata.operate.Operate;
import commondata.operate.ReleasePlan;
import commondata.operate.Renumbering;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import testkit.Faults;

/** Files whose names have numbers are loaded in the order of these, and none is left out. */
final class FileOrderIT extends LargeFeedSteps {

  private static final String NUMBERED = ", name: 'f(?<sequence>\\d+)[a-z]*\\.csv'";
  private static final Act ANN = new Act("ann", "the bank says so");

  @SuppressWarnings("NullAway.Init")
  private LargeFeed feed;

  @BeforeEach
  void begin() {
    feed = feed("append").with(NUMBERED);
    DATABASE.superuser().sql("TRUNCATE commondata.feed_sequence").update();
  }

  private void come(int... numbers) {
    for (int number : numbers) {
      come("f%d.csv".formatted(number), number);
    }
  }

  /** Each content is another one, so that none is a duplicate. */
  private void come(String name, int content) {
    feed.drop(name, "id,n%n%s,1%n#T,1,1%n".formatted(LargeFeed.id(content)));
    poll();
  }

  private void poll() {
    CatalogFeed.untilQuiet(feed.poll());
  }

  /** Names in the order in which they were loaded. */
  private List<String> loaded() {
    return feed.query("SELECT name FROM commondata.file WHERE state = 'LOADED' ORDER BY run");
  }

  private List<String> held() {
    return feed.query("SELECT name FROM commondata.file WHERE state = 'HELD' ORDER BY sequence");
  }

  private String reason(String name) {
    return feed.one(
        "SELECT reason FROM commondata.file WHERE name = '%s' ORDER BY id DESC".formatted(name));
  }

  private Operate operate() {
    return new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  }

  private long id(String name) {
    return Long.parseLong(
        feed.one("SELECT max(id)::text FROM commondata.file WHERE name = '%s'".formatted(name)));
  }

  @Test
  void leavesAFileThatIsHeldForItsNameToTheOperator() {
    come(1);
    operate().renumber("append", 1, ANN);
    come("f1.csv", 77);
    assertThat(held()).containsExactly("f1.csv");
    assertThat(reason("f1.csv")).contains("was loaded before with other content");
    come("f1a.csv", 78);

    assertThat(loaded()).containsExactly("f1.csv", "f1a.csv");
    assertThat(held()).containsExactly("f1.csv");
    operate().renumber("append", 1, ANN);
    poll();
    assertThat(held()).containsExactly("f1.csv");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE state = 'HELD'"))
        .contains("was loaded before with other content");
  }

  @Test
  void holdsAFileUntilTheMissingOneCame() {
    come(1, 3, 4);

    assertThat(loaded()).containsExactly("f1.csv");
    assertThat(reason("f3.csv"))
        .startsWith("E-SEQ-GAP: it is number 3, and number 2 is not loaded yet");
    assertThat(reason("f4.csv"))
        .startsWith("E-SEQ-GAP: it is number 4, and number 2 is not loaded yet");

    come(2);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f3.csv", "f4.csv");
  }

  @Test
  void saysWhichNumberIsMissingNow() {
    come(3, 5, 1, 2);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f3.csv");
    assertThat(reason("f5.csv")).contains("number 4 is not loaded yet");
  }

  /** A day on which nothing happened: two of them are the same, byte by byte. */
  private void comeEmpty(String name) {
    feed.drop(name, "id,n\n#T,0,0\n");
    poll();
  }

  private List<String> duplicates() {
    return feed.query(
        "SELECT name || ' ' || sequence FROM commondata.file WHERE state = 'DUPLICATE' ORDER BY id");
  }

  @Test
  void countsAFileWhoseContentWasLoadedBefore() {
    comeEmpty("f1.csv");
    come(2);
    comeEmpty("f3.csv");
    come(4);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f4.csv");
    assertThat(duplicates()).containsExactly("f3.csv 3");
    assertThat(held()).isEmpty();
  }

  @Test
  void looksAtTheContentOfAFileWhenItHasItsTurn() {
    comeEmpty("f4.csv");
    comeEmpty("f3.csv");
    comeEmpty("f2.csv");
    come(5);
    assertThat(held()).containsExactly("f2.csv", "f3.csv", "f4.csv", "f5.csv");

    come(1);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f5.csv");
    assertThat(duplicates()).containsExactly("f4.csv 4", "f3.csv 3");
  }

  @Test
  void releasesAFileWhoseContentIsLoadedAsADuplicate() {
    comeEmpty("f1.csv");
    comeEmpty("f5.csv");
    come(6);
    assertThat(held()).containsExactly("f5.csv", "f6.csv");

    assertThat(operate().releasePlan(id("f5.csv")))
        .isEqualTo(new ReleasePlan(null, "DUPLICATE", 2L, 4L));
    assertThat(operate().releasePlan(id("f6.csv")).refusal()).startsWith("waits behind file ");
    assertThat(held()).as("nothing is done").containsExactly("f5.csv", "f6.csv");
    assertThat(operate().release(id("f5.csv"), ANN)).isEmpty();
    poll();

    assertThat(duplicates()).containsExactly("f5.csv 5");
    assertThat(reason("f5.csv"))
        .matches("same content as file \\d+ \\(f1.csv\\); released by ann: the bank says so");
    assertThat(loaded()).containsExactly("f1.csv", "f6.csv");
  }

  @Test
  void waitsForAnotherFileOfANumberThatAnOperatorRejected() {
    come(1, 3);
    come("f3b.csv", 33);
    come(4);
    assertThat(operate().reject(id("f3.csv"), ANN)).isEmpty();
    come(2);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f3b.csv", "f4.csv");
    assertThat(reason("f3.csv")).isEqualTo("rejected by ann: the bank says so");
  }

  @Test
  void takesNumbersAsNumbers() {
    IntStream.rangeClosed(1, 11)
        .forEach(
            n ->
                feed.drop(
                    "f%d.csv".formatted(n), "id,n%n%s,1%n#T,1,1%n".formatted(LargeFeed.id(n))));
    poll();

    assertThat(loaded())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 11).mapToObj("f%d.csv"::formatted).toList());
  }

  @Test
  void waitsForACorrectedFileWhereOneWasRefused() {
    feed.drop("f1.csv", "id,n\nno,1\n");
    poll();
    come(2);
    assertThat(loaded()).isEmpty();

    come("f1b.csv", 1);

    assertThat(loaded()).containsExactly("f1b.csv", "f2.csv");
  }

  @Test
  void triesTheSecondFileOfANumberWhereTheFirstWasRefused() {
    feed.drop("f2.csv", "id,n\nno,1\n");
    poll();
    come("f2b.csv", 2);
    come(3);
    assertThat(held()).containsExactly("f2.csv", "f2b.csv", "f3.csv");

    come(1);

    assertThat(loaded()).containsExactly("f1.csv", "f2b.csv", "f3.csv");
  }

  @Test
  void holdsANumberThatWasLoadedUntilAnOperatorReleasesIt() {
    come(1, 2);
    come("f1again.csv", 101);
    assertThat(reason("f1again.csv"))
        .matches(
            "E-SEQ-DUP: it is number 1, and the feed is past 2; that number came in file \\d+"
                + " \\(f1.csv\\). A release loads this one besides, not in its place");

    assertThat(operate().release(id("f1again.csv"), ANN)).isEmpty();
    poll();
    come(3);

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv", "f1again.csv", "f3.csv");
  }

  @Test
  void givesUpWhatIsMissingWhenAnOperatorReleasesTheNextFile() {
    come(1, 4, 5);

    assertThat(operate().release(id("f5.csv"), ANN))
        .contains(
            "waits behind file %d: release that one, or let it be loaded".formatted(id("f4.csv")));
    assertThat(operate().release(id("f4.csv"), ANN)).isEmpty();
    poll();

    assertThat(loaded()).containsExactly("f1.csv", "f4.csv", "f5.csv");
    assertThat(operate().acts("file " + id("f4.csv"), 1))
        .singleElement()
        .satisfies(
            act -> {
              assertThat(act.actor()).isEqualTo("ann");
              assertThat(act.reason()).isEqualTo("the bank says so");
              assertThat(act.before()).isEqualTo("{\"state\": \"HELD\", \"lastNumber\": 1}");
              assertThat(act.after()).isEqualTo("{\"state\": \"CLAIMED\", \"lastNumber\": 3}");
            });

    come(2);
    assertThat(reason("f2.csv")).contains("the feed is past 5; that number was given up");
  }

  @Test
  void beginsAtTheNumberThatAnOperatorSays() {
    come(4711);
    assertThat(reason("f4711.csv"))
        .contains("number 1 is not loaded yet")
        .endsWith("./commondata file renumber append --next 4711 --reason TEXT");

    assertThat(operate().renumber("append", 4711, ANN)).hasValue(new Renumbering(1, 4711, 0, 0));
    poll();
    assertThat(loaded()).containsExactly("f4711.csv");
    come(4713);
    assertThat(reason("f4713.csv")).doesNotContain("renumber");

    assertThat(operate().renumberPlan("append", 1)).hasValue(new Renumbering(4712, 1, 1, 0));
    assertThat(feed.one("SELECT last_number::text FROM commondata.feed_sequence"))
        .isEqualTo("4711");
    assertThat(operate().renumber("append", 1, ANN)).hasValue(new Renumbering(4712, 1, 1, 0));
    come("f1newyear.csv", 1);
    assertThat(loaded()).containsExactly("f4711.csv", "f1newyear.csv");
    assertThat(operate().renumber("nobody", 1, ANN)).isEmpty();
    assertThat(operate().renumberPlan("nobody", 1)).isEmpty();
  }

  @Test
  void saysOfHeldFilesThatTheirNumberWasGivenUp() {
    come(1, 3);
    come(4);

    assertThat(operate().renumberPlan("append", 5)).hasValue(new Renumbering(2, 5, 0, 2));
    operate().renumber("append", 5, ANN);

    assertThat(held()).containsExactly("f3.csv", "f4.csv");
    assertThat(reason("f3.csv"))
        .isEqualTo("E-SEQ-DUP: it is number 3, and the feed is past 4; that number was given up");
    come(5);
    assertThat(loaded()).containsExactly("f1.csv", "f5.csv");
  }

  private List<String> alarms() {
    return feed.query(
        "SELECT a.detail FROM commondata.file_alarm AS a WHERE a.alarm = 'file-refused'");
  }

  @Test
  void saysThatTheMissingNumberWasRefusedAndWarnsOfIt() {
    come(1, 4);
    feed.drop("f2.csv", "id,n\nno,1\n");
    poll();
    String refused = "file %d (f2.csv)".formatted(id("f2.csv"));
    come(3);

    for (String waiting : List.of("f3.csv", "f4.csv")) {
      assertThat(reason(waiting))
          .contains(
              "and number 2 was refused: %s, E-TRAILER; it goes on by itself when a corrected file of that number is loaded"
                  .formatted(refused));
    }
    assertThat(alarms())
        .singleElement()
        .asString()
        .startsWith("f2.csv of append was refused: E-TRAILER")
        .contains("It has number 2, which is next", "file renumber append --next 3 --reason TEXT");

    come("f2b.csv", 2);
    assertThat(loaded()).containsExactly("f1.csv", "f2b.csv", "f3.csv", "f4.csv");
    assertThat(alarms()).isEmpty();
  }

  @Test
  void saysThatAnOperatorHasRejectedTheMissingNumber() {
    come(1, 3);
    come(4);
    assertThat(operate().reject(id("f3.csv"), ANN)).isEmpty();
    come(2);

    assertThat(reason("f4.csv")).contains("(f3.csv), rejected by ann;");
    assertThat(alarms()).singleElement().asString().contains("rejected by ann: the bank says so");
  }

  @Test
  void doesNotTakeWhatWasRefusedInAnotherYearForTheNextNumber() {
    feed.drop("f1.csv", "id,n\nno,1\n");
    poll();
    assertThat(alarms()).hasSize(1);
    operate().renumber("append", 2, ANN);
    assertThat(alarms()).isEmpty();

    operate().renumber("append", 1, ANN);
    come("f2new.csv", 2);

    assertThat(alarms()).isEmpty();
    assertThat(reason("f2new.csv")).contains("number 1 is not loaded yet");
  }

  @Test
  void goesOnWhereANodeDied() {
    come(2);
    feed.drop("f1.csv", "id,n%n%s,1%n#T,1,1%n".formatted(LargeFeed.id(1)));
    for (FaultPoint point : List.of(FaultPoint.FILE_CLAIMED, FaultPoint.FILE_FINISHED)) {
      try (Faults faults = Faults.dieAt(point)) {
        assertThat(catchThrowable(this::poll)).isInstanceOf(Faults.Died.class);
        assertThat(faults.hits(point)).isEqualTo(1);
      }
      assertThat(held()).containsExactly("f2.csv");
      feed.ageRuns();
    }

    poll();

    assertThat(loaded()).containsExactly("f1.csv", "f2.csv");
  }

  @Test
  void keepsTheOrderWithManyNodes() {
    int files = 20;
    List<CompletableFuture<Void>> nodes =
        IntStream.range(0, 3)
            .mapToObj(
                n -> {
                  FeedPoll poll = feed.poll();
                  return CompletableFuture.runAsync(
                      () -> {
                        while (loaded().size() < files) {
                          CatalogFeed.untilQuiet(poll);
                        }
                      });
                })
            .toList();
    for (int n = files; n > 0; n--) {
      Path hidden = feed.incoming(".f%d.part".formatted(n));
      feed.drop(".f%d.part".formatted(n), "id,n%n%s,1%n#T,1,1%n".formatted(LargeFeed.id(n)));
      assertThat(hidden.toFile().renameTo(feed.incoming("f%d.csv".formatted(n)).toFile())).isTrue();
    }
    nodes.forEach(CompletableFuture::join);

    assertThat(loaded())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, files).mapToObj("f%d.csv"::formatted).toList());
  }

  @Test
  void givesTheTurnOfANumberToOneOfTwoNodes() {
    come(1);
    CompletableFuture<FileLedger.Entry> second = new CompletableFuture<>();
    FileLedger.Entry first =
        DATABASE
            .login("catalog_service")
            .inTransaction(
                () -> {
                  FileLedger.Entry claimed = claim("f2.csv");
                  second.completeAsync(() -> claim("f2b.csv"));
                  await().until(() -> second.isDone() || somebodyWaits());
                  return claimed;
                });

    assertThat(first.state()).isEqualTo(FileLedger.State.CLAIMED);
    assertThat(second.join().state()).isEqualTo(FileLedger.State.HELD);
    assertThat(reason("f2b.csv")).matches("E-SEQ-DUP: it is number 2, and so is file \\d+ .*");
  }

  private static FileLedger.Entry claim(String name) {
    ClaimOutcome claim =
        new FileLedger(DATABASE.login("catalog_service"), "append")
            .claim(
                name,
                new Digests.Content(name, 1),
                new FileName(2L, null, null),
                LocalDate.of(2026, 11, 21),
                false);
    return ((ClaimOutcome.Claimed) claim).entry();
  }

  private boolean somebodyWaits() {
    return !feed.query("SELECT pid::text FROM pg_locks WHERE NOT granted").isEmpty();
  }

  @Test
  void doesNotDelayOtherFeeds() {
    come(2);
    LargeFeed other = feed("merge");
    other.drop("any.csv", LargeFeed.records(3));
    CatalogFeed.untilQuiet(other.poll());

    assertThat(loaded()).containsExactly("any.csv");
    assertThat(held()).containsExactly("f2.csv");
  }
}
