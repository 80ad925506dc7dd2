package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * What the server quotes of a record stands in the file's rejects, as the record itself does, and
 * neither in the run, nor in the file's row, nor in the log.
 */
final class QuotedValuesIT extends LargeFeedSteps {

  private static final String WHO = "zoe@example.org";

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("commondata");

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  private void assertIsTold(LargeFeed feed, String... what) {
    List<String> told =
        feed.query(
            """
            SELECT coalesce(r.message, '') FROM commondata.run AS r
            UNION ALL
            SELECT coalesce(f.reason, '') FROM commondata.file AS f
            """);
    String logged = lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList().toString();
    assertThat(told).hasSize(2).allSatisfy(each -> assertThat(each).contains(what));
    assertThat(logged).contains(what);
    assertThat(told + logged).doesNotContain(WHO);
  }

  @Test
  void areLeftOutOfWhatAStepFailedFor() {
    LargeFeed feed = feed("merge");
    feed.load("a.csv", "id,n\n%s,4\n#T,1,4\n".formatted(WHO));

    assertIsTold(feed, "merge.sql, line 1", "invalid input syntax for type uuid: \"***\"");
    assertThat(feed.rejects()).containsExactly("0 E-JOB");
  }

  @Test
  void areLeftOutOfWhyAFileIsRefusedByItsTable() {
    int records = RefusedSoFar.SHOWN_MAX + 1;
    LargeFeed feed = feed("append").limited("rejects: {max: 2000}\n");
    feed.drop(
        "a.csv", "id,n\n" + (WHO + ",1\n").repeat(records) + "#T,%1$d,%1$d\n".formatted(records));
    CatalogFeed.untilQuiet(new FeedPoll(feed.feed().withSliceBytes(600_000), clock));

    assertIsTold(
        feed,
        records + " records are refused, and allowed are at most 2000",
        "invalid input syntax for type uuid: \"***\"");
  }

  @Test
  void stayInTheRejects() {
    LargeFeed feed = feed("append");
    feed.load("a.csv", LargeFeed.records(2).replace(LargeFeed.id(1), LargeFeed.id(0)));

    assertThat(feed.query("SELECT message FROM commondata.file_reject"))
        .containsExactly(
            "the table refuses it: duplicate key value violates unique constraint \"large_pkey\":"
                + " Key (id)=(%s) already exists.".formatted(LargeFeed.id(0)));
  }
}
