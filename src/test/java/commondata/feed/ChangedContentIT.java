package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody writes to a file behind the last byte that was read of it. */
final class ChangedContentIT extends LargeFeedSteps {

  private static final int SMALL = 3;
  private static final int LARGE = 1_000;

  @FunctionalInterface
  private interface Act {
    void run() throws IOException;
  }

  /** Hands a file in, and does something to it the first time that the poll comes to a point. */
  private void load(LargeFeed feed, int records, FaultPoint where, Act act) {
    AtomicBoolean once = onceAt(where, act);
    feed.drop("a.csv", LargeFeed.records(records));
    untilQuiet(feed.poll());
    assertThat(once).isTrue();
  }

  /** Does something the first time that the poll comes to a point; whether it did. */
  private static AtomicBoolean onceAt(FaultPoint where, Act act) {
    AtomicBoolean once = new AtomicBoolean();
    always(
        where,
        () -> {
          if (once.compareAndSet(false, true)) {
            act.run();
          }
        });
    return once;
  }

  private static void always(FaultPoint where, Act act) {
    FaultPoint.hook(
        point -> {
          if (point == where) {
            try {
              act.run();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
  }

  /** Polls for two minutes: a file that was written to must lie still before it is taken again. */
  private void untilQuiet(FeedPoll poll) {
    for (int second = 0; second < 120; second++) {
      poll.pollOnce();
      clock.advance(Duration.ofSeconds(1));
    }
  }

  private static void writeTo(LargeFeed feed, int records) throws IOException {
    Files.writeString(feed.claimed(), LargeFeed.records(records));
  }

  @ParameterizedTest
  @CsvSource({
    "append, FILE_STAGED, " + SMALL,
    "append, FILE_CHECKED, " + SMALL,
    "append, FILE_STAGED, " + LARGE,
    "append, FILE_CHECKED, " + LARGE,
    "split, FILE_CHECKED, " + LARGE,
    "merge, FILE_STAGED, " + SMALL,
    "merge, FILE_CHECKED, " + SMALL,
    "merge, FILE_FINISHED, " + SMALL,
    "merge, FILE_STAGED, " + LARGE,
    "merge, FILE_CHECKED, " + LARGE
  })
  void isClaimedAnewUntilTheCommit(String job, FaultPoint where, int records) {
    LargeFeed feed = feed(job);

    load(feed, records, where, () -> writeTo(feed, records + 1));

    assertThat(feed.ledger())
        .containsExactly(refused(records), "a.csv LOADED %1$d %1$d 0".formatted(records + 1));
    assertThat(feed.one("SELECT count(*)::text FROM published.large"))
        .isEqualTo(Integer.toString(records + 1));
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
  }

  /** What was read in a transaction that is rolled back is not counted. */
  private static String refused(int records) {
    return "a.csv REJECTED %d 0 0".formatted(records == LARGE ? records : 0);
  }

  @ParameterizedTest
  @CsvSource({"append, " + SMALL, "append, " + LARGE, "merge, " + SMALL, "merge, " + LARGE})
  void isHeldBehindTheCommit(String job, int records) {
    LargeFeed feed = feed(job);

    load(feed, records, FaultPoint.FILE_COMMITTED, () -> writeTo(feed, records + 1));

    assertHeld(feed, records);
  }

  /** Written to between hash and claim, and the look is the same: nothing but reading shows it. */
  @Test
  void isReadAnewAlsoIfItLooksTheSame() {
    LargeFeed feed = feed("append");
    String other = LargeFeed.records(SMALL).replace(LargeFeed.id(0), LargeFeed.id(9));
    feed.drop("a.csv", LargeFeed.records(SMALL));
    onceAt(FaultPoint.FILE_CLAIMED, () -> writeUnseen(feed.incoming("a.csv"), other));

    untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly(refused(SMALL), "a.csv LOADED 3 3 0");
    assertThat(feed.query("SELECT id::text FROM published.large")).contains(LargeFeed.id(9));
  }

  @Test
  void isNoDuplicateAlsoIfItLooksTheSame() {
    LargeFeed feed = feed("append");
    String content = LargeFeed.records(SMALL);
    feed.load("a.csv", content);
    feed.drop("b.csv", content);
    String other = content.replaceAll("-4000-", "-4001-");
    onceAt(FaultPoint.FILE_CLAIMED, () -> writeUnseen(feed.incoming("b.csv"), other));

    untilQuiet(feed.poll());

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED 3 3 0", "b.csv DUPLICATE 0 0 0", "b.csv LOADED 3 3 0");
  }

  private static void writeUnseen(Path file, String content) throws IOException {
    FileTime changed = Files.getLastModifiedTime(file);
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, changed);
  }

  /** A writer that does not keep what its feed promises, and writes whenever the file is read. */
  @ParameterizedTest
  @CsvSource({"rename, 250, 1", "rename, 1500, 2", "rename, 5000, 4", "stable, 6000, 4"})
  void costsAHandfulOfRowsHoweverLongItIsWritten(String ready, long pauseMillis, int rows) {
    LargeFeed feed = feed("append").with(", ready: " + ready);
    feed.drop("a.csv", LargeFeed.records(1));
    AtomicInteger written = new AtomicInteger(1);
    always(FaultPoint.FILE_STAGED, () -> writeTo(feed, written.incrementAndGet()));
    FeedPoll poll = feed.poll();

    for (long millis = 0; millis < 120_000; millis += 250) {
      if (millis % pauseMillis == 0) {
        feed.drop("a.csv", LargeFeed.records(written.incrementAndGet()));
      }
      poll.pollOnce();
      clock.advance(Duration.ofMillis(250));
    }
    assertThat(feed.ledger()).hasSize(rows).allMatch(row -> row.startsWith("a.csv REJECTED"));

    FaultPoint.hook(null);
    untilQuiet(poll);
    int last = written.get();
    assertThat(feed.ledger().get(rows)).isEqualTo("a.csv LOADED %1$d %1$d 0".formatted(last));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void isHeldAlsoIfTheNodeDies(int records) throws IOException {
    LargeFeed feed = feed("merge");
    feed.drop("a.csv", LargeFeed.records(records));
    feed.pollUntilDeadAt(FaultPoint.FILE_COMMITTED, 1);
    writeTo(feed, records + 1);

    untilQuiet(feed.poll());

    assertHeld(feed, records);
  }

  /** Whoever looks for a record that a check refuses finds another content. */
  @ParameterizedTest
  @CsvSource({
    "append, " + SMALL,
    "append, " + LARGE,
    "split, " + LARGE,
    "packed, " + LARGE,
    "merge, " + SMALL,
    "merge, " + LARGE
  })
  void isClaimedAnewAlsoIfARefusedRecordIsGone(String job, int records) {
    LargeFeed feed = feed(job);
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_CHECKED && once.compareAndSet(false, true)) {
            feed.rewrite(feed.claimed(), LargeFeed.records(1));
          }
        });

    feed.drop("a.csv", lastRefused(records));
    untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly(refused(records), "a.csv LOADED 1 1 0");
    assertThat(feed.one("SELECT min(reason) FROM commondata.file")).startsWith("E-CONTENT");
    assertThat(drop.resolve(job).resolve("rejected")).isEmptyDirectory();
  }

  /** Records of which the check refuses the last one. */
  private static String lastRefused(int records) {
    int last = (records - 1) % 10;
    String[] lines = LargeFeed.records(records).split("\n", -1);
    lines[records] = lines[records].replaceFirst(",.*", ",77");
    int total = IntStream.range(0, records).map(n -> n % 10).sum() - last + 77;
    lines[records + 1] = "#T,%d,%d".formatted(records, total);
    return String.join("\n", lines);
  }

  private static void assertHeld(LargeFeed feed, int records) {
    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED %1$d %1$d 0".formatted(records), "a.csv HELD 0 0 0");
    assertThat(feed.claimed()).hasContent(LargeFeed.records(records + 1));
    assertThat(feed.query("SELECT alarm FROM commondata.file_alarm")).containsExactly("file-held");
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }

  private static String half(String whole) {
    return whole.substring(0, whole.length() / 2);
  }

  private Path rejected(String name) throws IOException {
    try (Stream<Path> files = Files.list(drop.resolve("append/rejected"))) {
      return files.filter(file -> file.toString().endsWith(name)).findFirst().orElseThrow();
    }
  }

  /** An upload that stood still for a while was taken for a whole file. */
  @Test
  void isTakenWholeIfHalfOfItWasRefusedAndItGrowsWhereItLiesNow() throws IOException {
    LargeFeed feed = feed("append").with(", ready: stable, quiet: 5s");
    String whole = LargeFeed.records(SMALL);
    feed.drop("a.csv", half(whole));
    FeedPoll poll = feed.poll();
    untilQuiet(poll);
    assertThat(feed.ledger()).singleElement().asString().startsWith("a.csv REJECTED");

    append(rejected("a.csv"), whole.substring(half(whole).length()));
    untilQuiet(poll);

    assertThat(feed.ledger()).hasSize(2).last().isEqualTo("a.csv LOADED 3 3 0");
    assertThat(drop.resolve("append/rejected")).isEmptyDirectory();
  }

  @Test
  void isTakenWholeIfItGrowsUntilItIsRefused() {
    LargeFeed feed = feed("append");
    String whole = LargeFeed.records(SMALL);
    feed.drop("a.csv", half(whole));
    onceAt(FaultPoint.FILE_COMMITTED, () -> Files.writeString(feed.claimed(), whole));

    untilQuiet(feed.poll());

    assertThat(feed.ledger()).hasSize(2).last().isEqualTo("a.csv LOADED 3 3 0");
    assertThat(drop.resolve("append/rejected")).isEmptyDirectory();
  }

  @Test
  void isHeldIfItGrowsInTheArchive() throws IOException {
    LargeFeed feed = feed("merge");
    feed.drop("a.csv", LargeFeed.records(SMALL));
    FeedPoll poll = feed.poll();
    untilQuiet(poll);
    try (Stream<Path> files = Files.walk(drop.resolve("merge/archive"))) {
      append(files.filter(Files::isRegularFile).findFirst().orElseThrow(), "more\n");
    }

    untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0", "a.csv HELD 0 0 0");
  }

  @Test
  void staysWhereItLiesIfAnotherHasItsNameOrSomebodyMendsIt() throws IOException {
    LargeFeed feed = feed("append").with(", ready: marker");
    String whole = LargeFeed.records(SMALL);
    for (String name : new String[] {"a.csv", "b.csv"}) {
      feed.drop(name, half(whole) + name);
      feed.drop(name + ".done", "");
    }
    FeedPoll poll = feed.poll();
    untilQuiet(poll);
    feed.drop("a.csv", whole);
    append(rejected("a.csv"), "more");
    Path mended = Files.writeString(drop.resolve("mended"), whole + whole);
    Files.move(mended, rejected("b.csv"), StandardCopyOption.REPLACE_EXISTING);

    untilQuiet(poll);

    assertThat(rejected("a.csv")).content().endsWith("more");
    assertThat(rejected("b.csv")).hasContent(whole + whole);
    assertThat(feed.incoming("a.csv")).hasContent(whole);
    assertThat(feed.ledger()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"FILE_STAGED", "FILE_COMMITTED"})
  void isSeenInAFileOfTheSameSizeThatTookItsPlace(FaultPoint where) {
    LargeFeed feed = feed("merge");
    String other = LargeFeed.records(SMALL).replace(LargeFeed.id(0), LargeFeed.id(9));

    load(
        feed,
        SMALL,
        where,
        () -> {
          Path beside = Files.writeString(drop.resolve("beside"), other);
          Files.setLastModifiedTime(beside, Files.getLastModifiedTime(feed.claimed()));
          Files.move(beside, feed.claimed(), StandardCopyOption.ATOMIC_MOVE);
        });

    assertThat(feed.ledger()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"append, FILE_STAGED", "append, FILE_COMMITTED", "merge, FILE_CHECKED"})
  void isNoChangeIfTheContentStaysTheSame(String job, FaultPoint where) {
    LargeFeed feed = feed(job);

    load(
        feed,
        LARGE,
        where,
        () -> Files.setLastModifiedTime(feed.claimed(), FileTime.from(Instant.EPOCH)));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED %1$d %1$d 0".formatted(LARGE));
    assertThat(drop.resolve(job).resolve("claimed")).isEmptyDirectory();
  }
}
