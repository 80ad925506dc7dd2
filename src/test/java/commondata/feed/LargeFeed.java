package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import testkit.TestDatabase;

/**
 * A feed of large files in many small slices, and its tables: {@code append} puts its records
 * straight into catalog.large, {@code packed} does it from gzip, {@code split} into a table that is
 * partitioned by file, {@code merge} brings them there over staging; {@code told} does as {@code
 * append} and publishes an event for each. {@code typed} and {@code typed-merge} have the same
 * records in two types: those with an odd number go into tables of their own.
 */
final class LargeFeed {

  static final int SLICE_BYTES = 2_000;
  static final int CUT_LINES = 300;

  private static final String TABLES =
      """
      CREATE TABLE catalog.large (
          id   uuid    PRIMARY KEY,
          n    integer NOT NULL CHECK (n <> 13),
          file bigint  NOT NULL,
          line bigint  NOT NULL
      );
      CREATE TABLE catalog.large_odd (LIKE catalog.large INCLUDING ALL);
      CREATE TABLE catalog.large_split (
          LIKE catalog.large INCLUDING CONSTRAINTS,
          PRIMARY KEY (id, file)
      )
      PARTITION BY LIST (file);
      CREATE INDEX ON catalog.large_split (n);
      ALTER TABLE catalog.large_split OWNER TO commondata_owner;
      CREATE VIEW published.large AS
      SELECT l.id, l.n, l.file, l.line
      FROM (
          TABLE catalog.large
          UNION ALL
          TABLE catalog.large_odd
          UNION ALL
          TABLE catalog.large_split
      ) AS l
      JOIN commondata.loaded_file AS f ON f.file = l.file;
      CREATE UNLOGGED TABLE staging.large (file bigint, line bigint, id text, n integer);
      CREATE UNLOGGED TABLE staging.large_odd (LIKE staging.large);
      ALTER TABLE staging.large OWNER TO commondata_owner;
      ALTER TABLE staging.large_odd OWNER TO commondata_owner;
      CREATE VIEW staging.all_large AS
      TABLE staging.large UNION ALL TABLE staging.large_odd;
      GRANT SELECT, INSERT, DELETE
      ON catalog.large, catalog.large_odd, catalog.large_split
      TO catalog_service;
      GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.large, staging.large_odd
      TO catalog_service;
      INSERT INTO commondata.job (name, owner)
      VALUES
          ('append', 'catalog_service'),
          ('told', 'catalog_service'),
          ('packed', 'catalog_service'),
          ('split', 'catalog_service'),
          ('merge', 'catalog_service'),
          ('typed', 'catalog_service'),
          ('typed-merge', 'catalog_service');
      """;

  private static final String COLUMNS =
      """
      format: csv
      columns:
        - {name: id, type: text, required: true}
        - {name: n, type: integer}
      """;

  private static final String TYPES =
      """
      format: csv
      header: {mark: H, columns: [{name: batch, type: integer}]}
      records:
        - mark: EVEN
          %1$s.large
          sorted_by: id
          columns: [{name: id, type: text, required: true}, {name: n, type: integer}]
        - mark: ODD
          %1$s.large_odd
          columns: [{name: id, type: text, required: true}, {name: n, type: integer}]
      """;

  private static final String TRAILER =
      """
      trailer:
        mark: "#T"
        columns:
          - {name: rows, type: integer, required: true}
          - {name: total, type: integer, required: true}
        control:
          - {declared: rows, computed: count}
          - {declared: total, computed: sum, of: n}
      """;

  private static final String HASH_TRAILER =
      """
      trailer:
        mark: "#T"
        columns:
          - {name: hash, type: integer, required: true}
        control:
          - {declared: hash, computed: hash, of: n, digits: 2}
      """;

  private static final String CHECK =
      """
      INSERT INTO commondata.check_reject (file, line, column_name, code, message)
      SELECT
          s.file,
          s.line,
          'n',
          'E-KEY-MISSING',
          'no 77'
      FROM %s AS s
      WHERE s.file = :file_id AND s.n = 77;
      """;

  private static final String MERGE =
      """
      INSERT INTO catalog.%1$s (id, n, file, line)
      SELECT CAST(s.id AS uuid), s.n, s.file, s.line
      FROM staging.%1$s AS s
      WHERE s.file = :file_id
      ORDER BY s.id;
      """;

  private static final String EVENTS =
      """
      -- counts: events
      SELECT commondata.publish_all(
          array_agg(
              CAST(
                  ROW(
                      'catalog.item-listed', l.id, '{}', 1, NULL, NULL, :business_date,
                      'event', NULL)
                  AS commondata.new_event)
              ORDER BY l.line))
      FROM catalog.large AS l
      WHERE l.file = :file_id AND l.line >= :line_from AND l.line < :line_to;
      """;

  private final TestDatabase database;
  private final Path drop;
  private final Clock clock;
  private final String job;
  private String source = "";
  private String packing = "gzip";
  private String limits = "rejects: {max: 4, on_exceed: load-rest}\n";
  private String check = CHECK;
  private String trailer = TRAILER;
  private UnaryOperator<String> layoutEdit = UnaryOperator.identity();

  LargeFeed(TestDatabase database, Path drop, Clock clock, String job) {
    this.database = database;
    this.drop = drop;
    this.clock = clock;
    this.job = job;
    makeJobs();
    poll();
  }

  /** The same feed with more said about its source. */
  LargeFeed with(String more) {
    source = more;
    makeJobs();
    return this;
  }

  /** The same feed of files that are packed otherwise, and not by {@link #drop}. */
  LargeFeed packedBy(String compression) {
    packing = compression;
    makeJobs();
    return this;
  }

  /** The same feed with other limits: whole lines of its job.yaml. */
  LargeFeed limited(String lines) {
    limits = lines;
    makeJobs();
    return this;
  }

  /** The same feed with another check; in it, %s is the table that is copied into. */
  LargeFeed checking(String sql) {
    check = sql;
    makeJobs();
    return this;
  }

  /** The same feed whose trailer declares nothing but the last two digits of the sum of n. */
  LargeFeed hashed() {
    trailer = HASH_TRAILER;
    makeJobs();
    return this;
  }

  /** The same feed with another layout. */
  LargeFeed laidOut(UnaryOperator<String> edit) {
    layoutEdit = edit;
    makeJobs();
    return this;
  }

  private void makeJobs() {
    boolean merges = job.endsWith("merge");
    boolean tells = job.equals("told");
    String more =
        merges
            ? "  - sql: merge.sql\n"
            : tells ? "  - events: events.sql\npublishes: [catalog.item-listed]\n" : "";
    write(
        job,
        Map.of(
            "layout.yaml",
            layoutEdit.apply(layout()),
            "job.yaml",
            jobYaml(job, more),
            "check.sql",
            check.formatted(target(merges))));
    if (merges) {
      write(job, Map.of("merge.sql", MERGE.formatted("large") + MERGE.formatted("large_odd")));
    }
    if (tells) {
      write(job, Map.of("events.sql", EVENTS));
    }
  }

  private String target(boolean merges) {
    return merges ? "staging.large" : job.equals("split") ? "catalog.large_split" : "catalog.large";
  }

  private String layout() {
    return switch (job) {
      case "split" -> "append: catalog.large_split\nsorted_by: id\n" + COLUMNS + trailer;
      case "append", "told" -> "append: catalog.large\nsorted_by: id\n" + COLUMNS + trailer;
      case "packed" ->
          "append: catalog.large\nsorted_by: id\ncompression: %s\n".formatted(packing)
              + COLUMNS
              + trailer;
      case "merge" -> "staging: staging.large\n" + COLUMNS + trailer;
      case "typed" -> TYPES.formatted("append: catalog") + trailer;
      default -> TYPES.formatted("staging: staging") + trailer;
    };
  }

  static void makeTables(TestDatabase database) {
    database.superuser().sql(TABLES).update();
  }

  /** Empty ones, in the place of those of an earlier test, and a ledger without files. */
  static void makeTablesAnew(TestDatabase database) {
    database
        .superuser()
        .sql("TRUNCATE commondata.file, commondata.run, commondata.feed_sequence CASCADE")
        .update();
    database
        .superuser()
        .sql(
            """
            DROP TABLE IF EXISTS
                catalog.large,
                catalog.large_odd,
                catalog.large_split,
                staging.large,
                staging.large_odd
            CASCADE
            """)
        .update();
    database
        .superuser()
        .sql(
            """
            DELETE FROM commondata.job
            WHERE name IN ('append', 'told', 'packed', 'split', 'merge', 'typed', 'typed-merge')
            """)
        .update();
    makeTables(database);
  }

  private String jobYaml(String id, String steps) {
    return """
        id: %s
        owner: catalog_service
        source: {feed: %s, layout: layout.yaml%s}
        %ssteps:
          - check: check.sql
        """
            .formatted(id, id, source, limits)
        + steps;
  }

  private void write(String folder, Map<String, String> files) {
    try {
      Path path = Files.createDirectories(drop.resolve("jobs").resolve(folder));
      for (Map.Entry<String, String> file : files.entrySet()) {
        Files.writeString(path.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A node that polls. */
  FeedPoll poll() {
    return new FeedPoll(feed(), clock);
  }

  Corrections corrections() {
    return new Corrections(feed());
  }

  DryRun dryRun() {
    return new DryRun(feed());
  }

  Feed feed() {
    JobDefinition definition = JobCatalog.of(drop.resolve("jobs")).find(job).orElseThrow();
    return Feed.of(definition, database.login(definition.owner()), drop, "test")
        .withSliceBytes(SLICE_BYTES)
        .withCutLines(CUT_LINES);
  }

  void drop(String name, String content) {
    rewrite(incoming(name), content);
  }

  /** Writes content to a file, wherever it lies. */
  void rewrite(Path file, String content) {
    try (OutputStream out = Files.newOutputStream(file);
        OutputStream packed = job.equals("packed") ? new GZIPOutputStream(out) : out) {
      String text = job.startsWith("typed") ? typed(content) : content;
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same records, line by line, with their types before them. */
  private static String typed(String content) {
    return content
        .replaceFirst("^id,n\n", "H,1\n")
        .replaceAll("(?m)^([^#H].*[02468x])$", "EVEN,$1")
        .replaceAll("(?m)^([^#HE].*)$", "ODD,$1");
  }

  Path incoming(String name) {
    return drop.resolve(job).resolve("incoming").resolve(name);
  }

  /** The one file that is claimed. */
  Path claimed() {
    String id = query("SELECT max(id)::text FROM commondata.file").get(0);
    Path directory = drop.resolve(job).resolve("claimed").resolve(id);
    try (var files = Files.list(directory)) {
      return files.findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of so many records with a trailer that tells the truth. */
  static String records(int count) {
    StringBuilder csv = new StringBuilder("id,n\n");
    long total = 0;
    for (int i = 0; i < count; i++) {
      int n = i % 10;
      total += n;
      csv.append(id(i)).append(',').append(n).append('\n');
    }
    return csv.append("#T,%d,%d%n".formatted(count, total)).toString();
  }

  /** Keys that do not come in their order. */
  static String id(int i) {
    return "%08x-0000-4000-8000-%012x".formatted(i * 0x9E3779B1, i);
  }

  /** Hands a file in and polls until there is nothing to do. */
  void load(String name, String content) {
    drop(name, content);
    CatalogFeed.untilQuiet(poll());
  }

  List<String> query(String sql) {
    return database.superuser().sql(sql).query(String.class).list();
  }

  String one(String sql) {
    return query(sql).get(0);
  }

  List<String> ledger() {
    return query(
        """
        SELECT concat_ws(' ', f.name, f.state, f.record_count, f.loaded_count, f.rejected_count)
        FROM commondata.file AS f
        ORDER BY f.id
        """);
  }

  List<String> rejects() {
    return query(
        """
        SELECT concat_ws(' ', r.line, r.code)
        FROM commondata.file_reject AS r
        ORDER BY r.file, r.line, r.code
        """);
  }

  /** Ends the connection that holds the locks of the load that is under way; it is gone then. */
  void cutOff() {
    query(
        """
        SELECT pg_terminate_backend(l.pid, 60000)::text
        FROM pg_locks AS l
        JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.relation = CAST('commondata.run' AS regclass)
          AND l.mode = 'RowShareLock'
          AND a.state = 'idle in transaction'
          AND a.datname = current_database()
        """);
    // One that another worker gave back in this moment is handed out unasked for half a second.
    await().pollDelay(Duration.ofMillis(700)).until(() -> true);
  }

  /** A node dies: nothing after this point runs, and nothing catches it. */
  private static final class Died extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Polls on any threads until the node dies the n-th time it comes to a point. */
  void pollUntilDeadAt(FaultPoint deadly, int time) {
    AtomicInteger times = new AtomicInteger();
    FaultPoint.hook(
        point -> {
          if (point == deadly && times.incrementAndGet() == time) {
            throw new Died();
          }
        });
    assertThat(catchThrowable(() -> CatalogFeed.untilQuiet(poll()))).isInstanceOf(Died.class);
    FaultPoint.hook(null);
    ageRuns();
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
                commondata.run,
                catalog.large,
                catalog.large_odd,
                catalog.large_split,
                staging.large,
                staging.large_odd
            CASCADE
            """)
        .update();
  }
}
