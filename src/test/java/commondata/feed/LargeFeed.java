package commondata.feed;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import testkit.TestDatabase;

/**
 * A feed of large files in many small slices, and its tables: {@code append} puts its records
 * straight into catalog.large, {@code packed} does it from gzip, {@code merge} brings them there
 * over staging.
 */
final class LargeFeed {

  static final int SLICE_BYTES = 2_000;

  private static final String TABLES =
      """
      CREATE TABLE catalog.large (
          id   uuid    PRIMARY KEY,
          n    integer NOT NULL CHECK (n <> 13),
          file bigint  NOT NULL,
          line bigint  NOT NULL
      );
      CREATE VIEW published.large AS
      SELECT l.id, l.n, l.file, l.line
      FROM catalog.large AS l
      JOIN commondata.loaded_file AS f ON f.file = l.file;
      CREATE UNLOGGED TABLE staging.large (file bigint, line bigint, id text, n integer);
      GRANT SELECT, INSERT, DELETE ON catalog.large TO catalog_service;
      GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.large TO catalog_service;
      INSERT INTO commondata.job (name, owner)
      VALUES
          ('append', 'catalog_service'),
          ('packed', 'catalog_service'),
          ('merge', 'catalog_service');
      """;

  private static final String LAYOUT =
      """
      format: csv
      columns:
        - {name: id, type: text, required: true}
        - {name: n, type: integer}
      trailer:
        mark: "#T"
        columns:
          - {name: rows, type: integer, required: true}
          - {name: total, type: integer, required: true}
        control:
          - {declared: rows, computed: count}
          - {declared: total, computed: sum, of: n}
      """;

  private static final String CHECK =
      """
      -- counts: nothing
      SELECT commondata.reject_records(
          :file_id,
          array_agg(
              CAST(
                  ROW(s.file, s.line, 'n', 'E-KEY-MISSING', 'no 77', NULL) AS commondata.reject)))
      FROM %s AS s
      WHERE s.file = :file_id AND s.n = 77
      HAVING count(*) > 0;
      """;

  private static final String MERGE =
      """
      INSERT INTO catalog.large (id, n, file, line)
      SELECT CAST(s.id AS uuid), s.n, s.file, s.line
      FROM staging.large AS s
      WHERE s.file = :file_id
      ORDER BY s.id;
      """;

  private final TestDatabase database;
  private final Path drop;
  private final Clock clock;
  private final String job;
  private String source = "";

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

  private void makeJobs() {
    String table = !job.equals("merge") ? "catalog.large" : "staging.large";
    write(
        "append",
        Map.of(
            "layout.yaml", "append: catalog.large\nsorted_by: id\n" + LAYOUT,
            "job.yaml", jobYaml("append", ""),
            "check.sql", CHECK.formatted(table)));
    write(
        "packed",
        Map.of(
            "layout.yaml", "append: catalog.large\nsorted_by: id\ncompression: gzip\n" + LAYOUT,
            "job.yaml", jobYaml("packed", ""),
            "check.sql", CHECK.formatted(table)));
    write(
        "merge",
        Map.of(
            "layout.yaml",
            "staging: staging.large\n" + LAYOUT,
            "job.yaml",
            jobYaml("merge", "  - sql: merge.sql\n"),
            "check.sql",
            CHECK.formatted(table),
            "merge.sql",
            MERGE));
  }

  static void makeTables(TestDatabase database) {
    database.superuser().sql(TABLES).update();
  }

  private String jobYaml(String id, String steps) {
    return """
        id: %s
        owner: catalog_service
        source: {feed: %s, layout: layout.yaml%s}
        rejects: {max: 4, on_exceed: load-rest}
        steps:
          - check: check.sql
        """
            .formatted(id, id, source)
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
        .withSliceBytes(SLICE_BYTES);
  }

  void drop(String name, String content) {
    try {
      try (OutputStream out = Files.newOutputStream(incoming(name));
          OutputStream packed = job.equals("packed") ? new GZIPOutputStream(out) : out) {
        packed.write(content.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  /** Ends the connection that holds the locks of the load that is under way. */
  void cutOff() {
    query(
        """
        SELECT pg_terminate_backend(l.pid)::text
        FROM pg_locks AS l
        JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.relation = CAST('commondata.run' AS regclass)
          AND l.mode = 'RowShareLock'
          AND a.state = 'idle in transaction'
          AND a.datname = current_database()
        """);
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
        .sql("TRUNCATE commondata.file, commondata.run, catalog.large, staging.large CASCADE")
        .update();
  }
}
