package commondata.feed;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import testkit.TestDatabase;

/** The feed catalog on a database and a drop directory of its own, polled by hand. */
final class CatalogFeed {

  static final String HEADER = "sku,title,artist,album,genre,unit_price,initial_stock\n";

  private final TestDatabase database;
  private final Path drop;
  private final Clock clock;

  CatalogFeed(TestDatabase database, Path drop, Clock clock) {
    this.database = database;
    this.drop = drop;
    this.clock = clock;
    poll();
  }

  /** A node that polls. */
  FeedPoll poll() {
    return new FeedPoll(feed(), clock);
  }

  /** A node that publishes events of so many lines a commit. */
  FeedPoll pollInCuts(int lines) {
    return new FeedPoll(feed().withCutLines(lines), clock);
  }

  Corrections corrections() {
    return new Corrections(feed());
  }

  DryRun dryRun() {
    return new DryRun(feed());
  }

  Feed feed() {
    JobDefinition job = JobCatalog.of(Path.of("batch-jobs")).find("catalog").orElseThrow();
    return Feed.of(job, database.login(job.owner()), drop, "test");
  }

  static void untilQuiet(FeedPoll poll) {
    while (poll.pollOnce()) {
      // There was work; look again.
    }
  }

  static String rows(String... skus) {
    StringBuilder csv = new StringBuilder(HEADER);
    for (String sku : skus) {
      csv.append(sku).append(",Title,Artist,,,0.99,1\n");
    }
    return csv.toString();
  }

  void write(String name, String content) {
    try {
      Files.writeString(path("incoming", name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path(String directory, String name) {
    return drop.resolve("catalog").resolve(directory).resolve(name);
  }

  /** Names of everything under a directory that is no directory itself. */
  List<String> files(String directory) {
    try (Stream<Path> paths = Files.walk(path(directory, ""))) {
      return paths
          .filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .map(DropDirectory::name)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One column of a query's rows, as texts. */
  List<String> query(String sql) {
    return database.superuser().sql(sql).query(String.class).list();
  }

  /** What the ledger says of all files: name and state. */
  List<String> ledger() {
    return query("SELECT f.name || ' ' || f.state FROM commondata.file AS f ORDER BY f.id");
  }

  List<String> items() {
    return query("SELECT i.sku FROM catalog.item AS i ORDER BY i.sku");
  }

  List<String> events() {
    return query("SELECT o.key FROM commondata.outbox AS o ORDER BY o.key");
  }

  List<String> staged() {
    return query("SELECT s.sku FROM staging.catalog_item AS s");
  }

  /** Lets runs whose node died look as old as they must be to be given up. */
  void ageRuns() {
    database
        .superuser()
        .sql(
            """
            UPDATE commondata.run
            SET started_at = started_at - interval '1 minute'
            WHERE state = 'RUNNING'
            """)
        .update();
  }

  void empty() {
    database
        .superuser()
        .sql(
            """
            TRUNCATE
                commondata.file,
                commondata.file_reject,
                commondata.run,
                commondata.outbox,
                catalog.item
            CASCADE
            """)
        .update();
  }
}
