package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.fault.FaultPoint;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Somebody changes the layout of a file of which a node has loaded some slices. */
final class ChangedLayoutIT extends LargeFeedSteps {

  private static final int RECORDS = 1_000;
  private static final String TOTAL = "    - {declared: total, computed: sum, of: n}\n";

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Takeover.class);

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

  @Test
  void goesIntoTheTableThatTheLayoutSays() {
    LargeFeed feed = begun(feed("split"));

    feed.laidOut(text -> text.replace("catalog.large_split", "catalog.large"));
    CatalogFeed.untilQuiet(feed.poll());

    assertIsBegunAgain(feed);
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
