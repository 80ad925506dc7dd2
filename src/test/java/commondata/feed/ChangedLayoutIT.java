package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.fault.FaultPoint;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Somebody changes the layout of a file of which a node has loaded some slices. */
final class ChangedLayoutIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;
  private static final String TOTAL = "    - {declared: total, computed: sum, of: n}\n";

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Takeover.class);
  private final Logger former = (Logger) LoggerFactory.getLogger(FormerTables.class);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(lines);
  }

  private LargeFeed begun(LargeFeed feed) {
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 5);
    return feed;
  }

  private void assertIsBegunAgain(LargeFeed feed) {
    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 0".formatted(RECORDS, RECORDS));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("%d %d".formatted(RECORDS, RECORDS * 9 / 2));
    assertThat(feed.one("SELECT count(*)::text FROM staging.all_large")).isEqualTo("0");
    assertThat(feed.rejects()).isEmpty();
    assertThat(feed.query("SELECT DISTINCT run::text FROM commondata.file_slice")).hasSize(1);
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getFormattedMessage())
        .matches(
            ".*: file \\d+ is begun again: [1-9] slices of it were read by another layout than"
                + " \".*/layout.yaml\" is now");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "packed", "split", "merge", "typed", "typed-merge"})
  void isReadByOneLayout(String job) {
    LargeFeed feed =
        begun(
            feed(job)
                .laidOut(
                    text ->
                        text.replace(
                            "{name: n, type: integer}", "{name: n, type: integer, max: 8}")));

    feed.laidOut(text -> text);
    CatalogFeed.untilQuiet(feed.poll());

    assertIsBegunAgain(feed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void hasAsManyTotalsAsTheLayoutDeclares(String job) {
    LargeFeed feed = begun(feed(job).laidOut(text -> text.replace(TOTAL, "")));

    feed.laidOut(text -> text);
    CatalogFeed.untilQuiet(feed.poll());

    assertIsBegunAgain(feed);
  }

  @ParameterizedTest
  @CsvSource({
    "append, catalog.large, catalog.large_odd",
    "append, catalog.large, catalog.large_split",
    "split, catalog.large_split, catalog.large"
  })
  void goesIntoTheTableThatTheLayoutSaysAndNoOther(String job, String before, String after) {
    LargeFeed feed = begun(feed(job));

    feed.laidOut(text -> text.replace(before, after));
    CatalogFeed.untilQuiet(feed.poll());

    assertIsBegunAgain(feed);
    assertThat(feed.one("SELECT count(*)::text FROM %s".formatted(after)))
        .isEqualTo(Integer.toString(RECORDS));
    assertThat(feed.query("SELECT file::text FROM %s".formatted(before))).isEmpty();
    assertNoTableOfItsOwn(feed, before);
  }

  private static void assertNoTableOfItsOwn(LargeFeed feed, String table) {
    assertThat(
            feed.query(
                "SELECT to_regclass('%s_' || max(f.id))::text FROM commondata.file AS f"
                    .formatted(table)))
        .containsOnlyNulls();
  }

  /** By an operator, or because it has vanished: no load comes back to it. */
  @ParameterizedTest
  @CsvSource({
    "append, catalog.large, catalog.large_odd, true",
    "append, catalog.large, catalog.large_odd, false",
    "split, catalog.large_split, catalog.large, true",
    "split, catalog.large_split, catalog.large, false"
  })
  void leavesNothingInTheOldTableIfTheFileIsRefused(
      String job, String before, String after, boolean byOperator) {
    LargeFeed feed = begun(feed(job));
    feed.laidOut(text -> text.replace(before, after));
    if (byOperator) {
      DATABASE
          .login("commondata_operator")
          .jdbc()
          .sql("SELECT commondata.reject_file(max(f.id), 'ann', 'no') FROM commondata.file AS f")
          .query()
          .listOfRows();
      new RejectedLoads(feed.feed()).discard();
    } else {
      long id = Long.parseLong(feed.one("SELECT id::text FROM commondata.file"));
      FileLedger.Entry entry =
          Objects.requireNonNull(feed.feed().files().find(List.of(id)).get(id));
      new FeedLoader(feed.feed()).refuse(entry, entry.businessDate(), FeedLoader.GONE);
    }

    assertThat(feed.ledger().get(0)).matches("a.csv REJECTED [1-9]\\d* 0 0");
    assertThat(feed.query("SELECT file::text FROM %s".formatted(before))).isEmpty();
    assertNoTableOfItsOwn(feed, before);
  }

  @Test
  void saysWhatIsLeftInATableThatIsNoLongerItsOwn() {
    LargeFeed feed = begun(feed("append"));
    String rows = feed.one("SELECT count(*)::text FROM catalog.large");
    DATABASE.superuser().sql("REVOKE DELETE ON catalog.large FROM catalog_service").update();
    feed.laidOut(text -> text.replace("catalog.large", "catalog.large_odd"));
    former.addAppender(lines);
    try {
      CatalogFeed.untilQuiet(feed.poll());
    } finally {
      former.detachAppender(lines);
      DATABASE.superuser().sql("GRANT DELETE ON catalog.large TO catalog_service").update();
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 0".formatted(RECORDS, RECORDS));
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large")).isEqualTo(rows);
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(
            line ->
                line.matches(
                    ".*: rows of file (\\d+) are left in catalog.large, .*: as its owner,"
                        + " DELETE FROM catalog.large WHERE file = \\1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void goesOnIfOnlyItsWordsAreOthers(String job) {
    LargeFeed feed = begun(feed(job));
    List<String> loaded = feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");

    feed.laidOut(text -> "# What the shop sends.\n" + text);
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(loaded).isNotEmpty();
    assertThat(feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice"))
        .containsAll(loaded);
    assertThat(lines.list).isEmpty();
  }
}
