package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** A file that is loaded in more than one commit. */
final class SlicedLoadIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;

  private static void assertWholeAndOnce(LargeFeed feed) {
    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 0".formatted(RECORDS, RECORDS));
    assertThat(
            feed.one(
                "SELECT concat_ws(' ', count(*), sum(n), min(line), max(line)) FROM published.large"))
        .isEqualTo("%d %d 2 %d".formatted(RECORDS, RECORDS * 9 / 2, RECORDS + 1));
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
    assertThat(feed.rejects()).isEmpty();
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  @Test
  void copiesRowsBeforeTheyNeedMoreMemoryThanASliceMay() {
    LargeFeed large = feed("append");
    Feed feed = large.feed();
    List<SliceRows> rows = SliceRows.of(feed.layout());
    Rejects rejects = new Rejects(new JdbcTemplate(feed.login().dataSource()), 1);
    RefusedSoFar refused = new RefusedSoFar(feed.job().rejects(), RECORDS);
    CopiedRows copied = new CopiedRows(feed, feed.layout().tables(), rows, rejects, refused);
    feed.login()
        .inTransactionDo(
            () -> {
              for (int line = 1; line <= RECORDS; line++) {
                CopyRow row = rows.get(0).begin();
                row.number(1);
                row.number(line);
                row.text(LargeFeed.id(line));
                row.number(0);
                rows.get(0).end(line);
                copied.copyMany();
                assertThat(rows.get(0).bytes()).isLessThanOrEqualTo(feed.sliceBytes());
              }
              assertThat(copied.count()).as("not each alone").isLessThan(RECORDS);
              copied.copy();
            });

    assertThat(copied.count()).isEqualTo(RECORDS);
    assertThat(large.one("SELECT concat_ws(' ', count(*), max(line)) FROM catalog.large"))
        .isEqualTo("%1$d %1$d".formatted(RECORDS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge", "typed", "typed-merge"})
  void showsNothingBeforeAllIsThere(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    List<String> seen = new ArrayList<>();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COMMITTED) {
            synchronized (seen) {
              seen.add(feed.one("SELECT count(*)::text FROM published.large"));
            }
          }
        });
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(seen).hasSizeGreaterThan(5).containsOnly("0");
    assertWholeAndOnce(feed);
    assertThat(
            feed.one(
                """
                SELECT concat_ws(' ', count(*) > 5, sum(record_count), max(line_to))
                FROM commondata.file_slice
                """))
        .isEqualTo("t %d %d".formatted(RECORDS, RECORDS + 3));
  }

  @ParameterizedTest
  @CsvSource({
    "append, SLICE_TAKEN, 1",
    "append, SLICE_COPIED, 1",
    "append, SLICE_COPIED, 7",
    "append, SLICE_COMMITTED, 1",
    "append, SLICE_COMMITTED, 7",
    "append, FILE_STAGED, 1",
    "append, FILE_CHECKED, 1",
    "append, FILE_FINISHED, 1",
    "append, FILE_COMMITTED, 1",
    "packed, SLICE_COPIED, 7",
    "split, SLICE_TAKEN, 1",
    "split, SLICE_COPIED, 7",
    "split, SLICE_COMMITTED, 7",
    "split, FILE_STAGED, 1",
    "split, FILE_CHECKED, 1",
    "split, FILE_FINISHED, 1",
    "split, FILE_COMMITTED, 1",
    "packed, SLICE_COMMITTED, 7",
    "merge, SLICE_TAKEN, 1",
    "merge, SLICE_COPIED, 7",
    "merge, SLICE_COMMITTED, 7",
    "merge, FILE_STAGED, 1",
    "merge, FILE_CHECKED, 1",
    "merge, FILE_MERGED, 1",
    "merge, FILE_FINISHED, 1",
    "typed, SLICE_COPIED, 7",
    "typed, SLICE_COMMITTED, 7",
    "typed, FILE_STAGED, 1",
    "typed-merge, SLICE_COMMITTED, 7",
    "typed-merge, FILE_MERGED, 1"
  })
  void goesOnBehindTheSlicesOfANodeThatDied(String job, FaultPoint point, int time) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));

    feed.pollUntilDeadAt(point, time);
    List<String> before = feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
    CatalogFeed.untilQuiet(feed.poll());

    assertWholeAndOnce(feed);
    assertThat(feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice"))
        .containsAll(before);
  }

  @Test
  void tellsHowFarItIs() {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(RECORDS).replaceFirst(",0\n", ",x\n"));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);

    assertThat(
            feed.one(
                """
                SELECT concat_ws(
                    ' ', p.rejected_count, p.record_count BETWEEN 50 AND 900,
                    p.done_bytes BETWEEN 3000 AND 39000, p.size_bytes, p.seconds_left IS NOT NULL)
                FROM commondata.file_progress AS p
                """))
        .isEqualTo("1 t t %d t".formatted(feed.claimed().toFile().length()));
    assertThat(feed.one("SELECT progress FROM commondata.file_progress"))
        .matches("\\d+ of \\d+ bytes, \\d+ records, 1 rejected, \\d+ a second, \\d+ s left");
    assertThat(feed.one("SELECT progress FROM commondata.file_summary"))
        .as("its node is dead")
        .matches("\\d+ of \\d+ bytes, \\d+ records, 1 rejected; its node test is gone: .*");
    assertThat(feed.one("SELECT progress FROM commondata.run_summary")).contains(" 1 rejected");
    assertThat(
            feed.one(
                """
                SELECT concat_ws(
                    ' ', r.state, r.read_count = p.record_count, r.rejected_count)
                FROM commondata.run_summary AS r
                CROSS JOIN commondata.file_progress AS p
                """))
        .isEqualTo("RUNNING t 1");

    CatalogFeed.untilQuiet(feed.poll());
    assertThat(feed.query("SELECT file::text FROM commondata.file_progress")).isEmpty();
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', r.state, r.read_count, r.rejected_count)
                FROM commondata.run_summary AS r
                ORDER BY r.id
                """))
        .containsExactly("ABANDONED 0 0", "SUCCEEDED %d 1".formatted(RECORDS));
  }

  /** Of a packed file, too: in bytes of it as it lies there. */
  @Test
  void tellsHowFarItIsInAPackedFile() {
    LargeFeed feed = feed("packed");
    feed.drop("a.csv", LargeFeed.records(200_000));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 20);

    assertThat(
            feed.one(
                """
                SELECT concat_ws(
                    ' ', p.done_bytes BETWEEN p.size_bytes / 1000 AND p.size_bytes * 9 / 10,
                    p.size_bytes, p.seconds_left IS NOT NULL)
                FROM commondata.file_progress AS p
                """))
        .isEqualTo("t %d t".formatted(feed.claimed().toFile().length()));
  }

  /** Indexes, checks and SQL may take longer than the reading. */
  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "merge"})
  void saysWhatFollowsWhenAllIsRead(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.FILE_CHECKED, 1);

    assertThat(feed.one("SELECT progress FROM commondata.file_progress"))
        .isEqualTo(
            "all %d bytes are read, 1000 records, 0 rejected; indexes, checks and SQL follow"
                .formatted(feed.claimed().toFile().length()));
    assertThat(feed.one("SELECT coalesce(seconds_left::text, '?') FROM commondata.file_progress"))
        .isEqualTo("?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"merge", "typed-merge"})
  void beginsAnewWhenTheServerLostWhatWasStaged(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS).replaceFirst(",0\n", ",x\n"));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 7);
    DATABASE.superuser().sql("TRUNCATE staging.large, staging.large_odd").update();

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 999 1");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("999");
    assertThat(feed.rejects()).containsExactly("2 E-TYPE");
  }

  @ParameterizedTest
  @CsvSource({
    "append, SLICE_COMMITTED",
    "merge, SLICE_COMMITTED",
    "merge, SLICE_COPIED",
    "append, SLICE_COPIED",
    "typed, SLICE_COPIED",
    "typed-merge, SLICE_COMMITTED"
  })
  void undoesWhatANodeDoesThatWasTakenOver(String job, FaultPoint where) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == where && once.compareAndSet(false, true)) {
            stopped.countDown();
            await(goOn);
          }
        });
    FeedPoll zombie = feed.poll();
    CompletableFuture<Boolean> woken = CompletableFuture.supplyAsync(zombie::pollOnce);
    await(stopped);

    feed.cutOff();
    feed.ageRuns();
    CatalogFeed.untilQuiet(feed.poll());
    goOn.countDown();
    woken.join();

    assertWholeAndOnce(feed);
    assertThat(feed.query("SELECT state FROM commondata.run ORDER BY id"))
        .containsExactly("ABANDONED", "SUCCEEDED");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void goesOnAfterItsConnectionWasLost() {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_STAGED && once.compareAndSet(false, true)) {
            feed.cutOff();
          }
        });
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("0");

    clock.advance(Duration.ofMinutes(1));
    feed.ageRuns();
    CatalogFeed.untilQuiet(poll);

    assertWholeAndOnce(feed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed"})
  void refusesTheRecordsThatTheTableRefuses(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", "id,n\n%s,1\n#T,1,1\n".formatted(LargeFeed.id(500)));
    CatalogFeed.untilQuiet(feed.poll());
    String[] lines = LargeFeed.records(RECORDS).split("\n", -1);
    lines[20] = lines[10];
    lines[21] = "no-uuid,0";
    lines[22] = LargeFeed.id(21) + ",13";
    lines[23] = LargeFeed.id(22) + ",77";
    lines[RECORDS + 1] = "#T,1000,%d".formatted(RECORDS * 9 / 2 - 1 + 13 - 2 + 77);
    feed.drop("b.csv", String.join("\n", lines));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1 1 0", "b.csv LOADED 1000 995 5");
    assertThat(feed.rejects())
        .containsExactly(
            "21 E-KEY-DUP", "22 E-TABLE", "23 E-TABLE", "24 E-KEY-MISSING", "502 E-KEY-DUP");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("996");
    assertThat(feed.one("SELECT message FROM commondata.file_reject WHERE line = 502"))
        .contains("duplicate key", LargeFeed.id(500));
    assertThat(
            feed.query(
                "SELECT byte_offset || ' ' || raw FROM commondata.file_reject ORDER BY line"))
        .containsExactly(
            place(lines, 20),
            place(lines, 21),
            place(lines, 22),
            place(lines, 23),
            place(lines, 501));
  }

  @Test
  void copiesTheRowsOfASliceInTheOrderOfTheirKey() {
    LargeFeed feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(30));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.query("SELECT id::text FROM catalog.large ORDER BY line")).hasSize(30);
    assertThat(feed.query("SELECT id::text FROM catalog.large ORDER BY ctid"))
        .isNotEqualTo(feed.query("SELECT id::text FROM catalog.large ORDER BY line"))
        .isEqualTo(feed.query("SELECT id::text FROM catalog.large ORDER BY id"));
  }

  @Test
  void findsOnlyTheFirstOfManyRecordsThatAreRefused() {
    LargeFeed feed = feed("merge");
    int many = RejectedRecords.LOCATED_MAX + 2;
    StringBuilder csv = new StringBuilder("id,n\n");
    for (int i = 0; i < many; i++) {
      csv.append(LargeFeed.id(i)).append(",77\n");
    }
    feed.drop("a.csv", csv.append("#T,%d,%d%n".formatted(many, 77L * many)).toString());

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d 0 %d".formatted(many, many));
    assertThat(
            feed.one(
                """
                SELECT concat_ws(' ', count(*), count(byte_offset), max(line)
                    FILTER (WHERE byte_offset IS NOT NULL))
                FROM commondata.file_reject
                """))
        .isEqualTo("%d %d %d".formatted(many, many - 2, many - 1));
  }

  /** Where a line begins, and what it is. */
  private static String place(String[] lines, int index) {
    int offset = 0;
    for (int i = 0; i < index; i++) {
      offset += lines[i].length() + 1;
    }
    return offset + " " + lines[index];
  }

  @ParameterizedTest
  @ValueSource(strings = {"typed", "typed-merge"})
  void removesRefusedRecordsOfEveryType(String job) {
    LargeFeed feed = feed(job);
    String[] lines = LargeFeed.records(RECORDS).split("\n", -1);
    lines[20] = LargeFeed.id(19) + ",x";
    lines[21] = LargeFeed.id(20) + ",1x1";
    lines[22] = "HH," + LargeFeed.id(21) + ",1";
    lines[RECORDS + 1] = "#T,1000,%d".formatted(RECORDS * 9 / 2 - 9 - 0 - 1);
    feed.drop("a.csv", String.join("\n", lines));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.rejects()).containsExactly("21 E-TYPE", "22 E-TYPE", "23 E-REC-MARK");
    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 997 3");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("997");
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "split", "merge", "typed", "typed-merge"})
  void leavesNothingOfAFileThatIsRefused(String job) {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS).replace("#T,1000", "#T,1001"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 1000 0 0");
    assertThat(feed.rejects()).containsExactly("1002 E-CTL-COUNT");
    assertThat(feed.query("SELECT id::text FROM catalog.large")).isEmpty();
    assertThat(feed.query("SELECT id::text FROM catalog.large_odd")).isEmpty();
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void claimsAnewWhatWasReplacedBetweenTwoRuns(String job) throws IOException {
    LargeFeed feed = feed(job);
    feed.drop("a.csv", LargeFeed.records(RECORDS).replace(",9\n", ",8\n"));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);
    Files.writeString(feed.claimed(), LargeFeed.records(RECORDS));

    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofSeconds(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).hasSize(2).last().isEqualTo("a.csv LOADED 1000 1000 0");
    assertThat(feed.ledger().get(0)).matches("a.csv REJECTED [1-9]\\d* 0 0");
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("1000 4500");
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
  }

  @Test
  void keepsTheSlicesOfAFileThatWaitsWhileAnotherIsLoaded() {
    LargeFeed feed = feed("merge");
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_STAGED && once.compareAndSet(false, true)) {
            feed.cutOff();
          }
        });
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    feed.ageRuns();
    List<String> before = feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
    feed.drop("b.csv", LargeFeed.records(RECORDS).replace("-4000-", "-4001-"));

    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED 1000 1000 0", "b.csv LOADED 1000 1000 0");
    assertThat(before).hasSizeGreaterThan(5);
    assertThat(feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice"))
        .containsAll(before);
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
  }

  @Test
  void keepsNoRejectsOfANodeThatWasTakenOver() {
    LargeFeed feed = feed("append").limited("rejects: {max: 4}\n");
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COPIED) {
            takeOver(feed, once);
          }
        });

    feed.drop("a.csv", "id,n\n" + ("x".repeat(56) + ",x\n").repeat(11_000));
    CatalogFeed.untilQuiet(new FeedPoll(feed.feed().withSliceBytes(600_000), clock));

    assertThat(once).isTrue();
    assertThat(feed.query("SELECT DISTINCT code FROM commondata.file_reject"))
        .containsExactly("E-JOB");
  }

  /** Once; who comes meanwhile waits until it is done. */
  private static void takeOver(LargeFeed feed, AtomicBoolean once) {
    synchronized (once) {
      if (once.compareAndSet(false, true)) {
        feed.query(
            """
                WITH other AS (
                    INSERT INTO commondata.run (
                        job, business_date, attempt, started_by, node, state, exit_code,
                        finished_at)
                    VALUES (
                        'append', '2026-11-21', 9, 'file', 'other', 'ABANDONED', 16, now())
                    RETURNING id
                )
                UPDATE commondata.file_load AS l SET run = o.id FROM other AS o RETURNING 'taken'
                """);
      }
    }
  }
}
