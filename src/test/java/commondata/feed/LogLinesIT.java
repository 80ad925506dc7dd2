package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.job.StartedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import testkit.TestDatabase;

/** Which job and run a line of the log belongs to stands in the line's context. */
final class LogLinesIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path directory = Path.of("");

  private final Logger logger = (Logger) LoggerFactory.getLogger("commondata");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  @Test
  void aJobsLinesNameJobAndRun() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/fraud-flags"));
    Files.writeString(
        folder.resolve("job.yaml"), "id: fraud-flags\nowner: fraud_service\nsteps: [{sql: a.sql}]");
    Files.writeString(folder.resolve("a.sql"), "-- counts: nothing\nDELETE FROM fraud.customer;");

    new JobRunner(
            JobCatalog.of(directory.resolve("jobs")),
            DATABASE.database(),
            new FileExport(DATABASE.database(), directory.resolve("drop")),
            "test")
        .run("fraud-flags", LocalDate.of(2026, 11, 20), StartedBy.HAND, Map.of());

    assertThat(lines.list)
        .isNotEmpty()
        .allSatisfy(
            line ->
                assertThat(line.getMDCPropertyMap())
                    .containsEntry("job", "fraud-flags")
                    .containsEntry("run", latestRun()));
    assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
  }

  @Test
  void aFeedsLinesNameFeedAndRun() {
    CatalogFeed feed = new CatalogFeed(DATABASE, directory, Clock.systemUTC());
    feed.write("catalog-2026-11-20.csv", CatalogFeed.rows("A-1"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(lines.list)
        .filteredOn(line -> line.getFormattedMessage().contains(" took file "))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.getMDCPropertyMap())
                    .containsEntry("job", "catalog")
                    .containsEntry("run", latestRun()));
    assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
  }

  @Test
  void aRefusedFileIsAWarningWithItsReason() {
    CatalogFeed feed = new CatalogFeed(DATABASE, directory, Clock.systemUTC());
    feed.write("catalog-2026-11-21.csv", "nonsense\n");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(lines.list)
        .filteredOn(line -> line.getFormattedMessage().contains(" took file "))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getLevel()).isEqualTo(Level.WARN);
              assertThat(line.getFormattedMessage()).contains(" ms: refused: E-HEADER");
            });
  }

  @Test
  void aDuplicateIsALineOfItsFeedThatSaysOfWhat() {
    CatalogFeed feed = new CatalogFeed(DATABASE, directory, Clock.systemUTC());
    feed.write("catalog-2026-11-22.csv", CatalogFeed.rows("A-2"));
    feed.write("catalog-2026-11-23.csv", CatalogFeed.rows("A-2"));

    CatalogFeed.untilQuiet(feed.poll());

    assertThatALineOfTheFeedSays(
        "\"catalog-2026-11-23.csv\" is DUPLICATE: same content as file %d (catalog-2026-11-22.csv)"
            .formatted(latestFile() - 1));
  }

  @Test
  void whatAnOperatorRejectsIsALineOfItsFeedWithTheReason() {
    CatalogFeed feed = new CatalogFeed(DATABASE, directory, Clock.systemUTC());
    feed.write("catalog-2026-11-24.csv", CatalogFeed.rows("A-3"));
    CatalogFeed.untilQuiet(feed.poll());
    feed.write("catalog-2026-11-24.csv", CatalogFeed.rows("A-4"));
    CatalogFeed.untilQuiet(feed.poll());
    DATABASE
        .superuser()
        .sql("SELECT commondata.reject_file(:file, 'ann', 'an old copy')")
        .param("file", latestFile())
        .query()
        .listOfRows();

    CatalogFeed.untilQuiet(feed.poll());

    assertThatALineOfTheFeedSays(
        "\"catalog-2026-11-24.csv\" is REJECTED: rejected by ann: an old copy; it lies at");
  }

  private void assertThatALineOfTheFeedSays(String what) {
    assertThat(lines.list)
        .filteredOn(
            line -> line.getFormattedMessage().contains("file " + latestFile() + " " + what))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getLevel()).isEqualTo(Level.INFO);
              assertThat(line.getMDCPropertyMap())
                  .containsEntry("job", "catalog")
                  .doesNotContainKey("run");
            });
  }

  private static long latestFile() {
    return DATABASE
        .superuser()
        .sql("SELECT max(id) FROM commondata.file")
        .query(Long.class)
        .single();
  }

  private static String latestRun() {
    return DATABASE
        .superuser()
        .sql("SELECT max(id)::text FROM commondata.run")
        .query(String.class)
        .single();
  }
}
