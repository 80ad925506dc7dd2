package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.operate.Act;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** A file that takes the place of the one that was loaded for its day. */
final class SupersedeIT {

  private static final String TABLES =
      """
      CREATE TABLE catalog.price (
          sku text PRIMARY KEY, price integer, file bigint, line bigint);
      CREATE TABLE catalog.sale (
          sku text, price integer, file bigint, line bigint, PRIMARY KEY (file, line));
      CREATE VIEW published.sale AS
      SELECT s.sku, s.price
      FROM catalog.sale AS s
      JOIN commondata.loaded_file AS f ON f.file = s.file;
      CREATE UNLOGGED TABLE staging.price (file bigint, line bigint, sku text, price integer);
      GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.price, catalog.sale TO catalog_service;
      GRANT SELECT, INSERT, DELETE, TRUNCATE ON staging.price TO catalog_service;
      INSERT INTO commondata.job (name, owner)
      VALUES ('prices', 'catalog_service'), ('sales', 'catalog_service');
      """;

  private static final String COLUMNS =
      """
      format: csv
      columns:
        - {name: sku, type: text, required: true}
        - {name: price, type: integer}
      """;

  private static final String JOB =
      """
      id: %s
      owner: catalog_service
      source:
        feed: %s
        layout: layout.yaml
        name: '.*?(?<business_date>\\d{4}-\\d{2}-\\d{2}).*'
        supersede: business-date
      rejects: {max: 1}
      """;

  private static final String MERGE =
      """
      DELETE FROM catalog.price AS p
      WHERE p.file = ANY (:superseded_files);

      INSERT INTO catalog.price (sku, price, file, line)
      SELECT s.sku, s.price, s.file, s.line
      FROM staging.price AS s
      WHERE s.file = :file_id;
      """;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    DATABASE.superuser().sql(TABLES).update();
  }

  @BeforeEach
  void begin() throws IOException {
    DATABASE
        .superuser()
        .sql("TRUNCATE commondata.file, commondata.run, catalog.price, catalog.sale CASCADE")
        .update();
    write("prices", "layout.yaml", "staging: staging.price\n" + COLUMNS);
    write("prices", "job.yaml", JOB.formatted("prices", "prices") + "steps:\n  - sql: merge.sql\n");
    write("prices", "merge.sql", MERGE);
    write("sales", "layout.yaml", "append: catalog.sale\n" + COLUMNS);
    write("sales", "job.yaml", JOB.formatted("sales", "sales"));
  }

  private void write(String job, String name, String text) throws IOException {
    Files.writeString(
        Files.createDirectories(drop.resolve("jobs").resolve(job)).resolve(name), text);
  }

  private Feed feed(String job) {
    JobDefinition definition = JobCatalog.of(drop.resolve("jobs")).find(job).orElseThrow();
    return Feed.of(definition, DATABASE.login(definition.owner()), drop, "test");
  }

  private void load(String job, String name, String... records) throws IOException {
    Feed feed = feed(job);
    Files.writeString(
        drop.resolve(job).resolve("incoming").resolve(name),
        "sku,price\n" + String.join("\n", records) + "\n");
    CatalogFeed.untilQuiet(new FeedPoll(feed, clock));
  }

  private static List<String> query(String sql) {
    return DATABASE.superuser().sql(sql).query(String.class).list();
  }

  private static List<String> ledger() {
    return query(
        """
        SELECT concat_ws(
            ' ', f.name, f.state, f.superseded_by - first_value(f.id) OVER (ORDER BY f.id))
        FROM commondata.file AS f
        ORDER BY f.id
        """);
  }

  private static List<String> prices() {
    return query("SELECT p.sku || p.price FROM catalog.price AS p ORDER BY p.sku");
  }

  @Test
  void undoesWhatTheOldFileDid() throws IOException {
    load("prices", "prices-2026-11-19.csv", "Z,9");
    load("prices", "prices-2026-11-20.csv", "A,1", "B,2");

    load("prices", "prices-2026-11-20.csv", "A,3", "C,4");

    assertThat(prices()).containsExactly("A3", "C4", "Z9");
    assertThat(
            query(
                "SELECT coalesce(s.supersedes, 'none') FROM commondata.file_summary AS s ORDER BY s.id"))
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("none"),
            old -> assertThat(old).isEqualTo("none"),
            mended -> assertThat(mended).matches("\\d+ \\(prices-2026-11-20.csv\\)"));
    assertThat(ledger())
        .containsExactly(
            "prices-2026-11-19.csv LOADED",
            "prices-2026-11-20.csv SUPERSEDED 2",
            "prices-2026-11-20.csv LOADED");
    assertThat(
            query(
                """
                SELECT c.name
                FROM invariant.check() AS c
                WHERE c.name IN (
                        'file_adds_up', 'file_agrees_with_run', 'superseded_file_has_successor')
                  AND c.violations = 0
                  AND c.looked_at > 0
                """))
        .hasSize(3);
  }

  /** The mended file was written first, and its name is the first by letters. */
  @Test
  void isTheFileThatCameLastWhateverItsName() throws IOException {
    Feed feed = feed("prices");
    Path incoming = drop.resolve("prices").resolve("incoming");
    Path mended = Files.writeString(drop.resolve("mended"), "sku,price\nA,2\n");
    Path old = Files.writeString(incoming.resolve("prices-2026-11-20.csv"), "sku,price\nA,1\n");
    Path came = incoming.resolve("prices-2026-11-20-v2.csv");
    await()
        .until(
            () -> {
              Files.move(Files.exists(came) ? came : mended, mended);
              Files.move(mended, came);
              return changed(came).compareTo(changed(old)) > 0;
            });

    CatalogFeed.untilQuiet(new FeedPoll(feed, clock));

    assertThat(prices()).containsExactly("A2");
    assertThat(ledger())
        .containsExactly("prices-2026-11-20.csv SUPERSEDED 1", "prices-2026-11-20-v2.csv LOADED");
  }

  private static FileTime changed(Path file) throws IOException {
    return (FileTime) Files.getAttribute(file, "unix:ctime");
  }

  @Test
  void takesCorrectionsOfItAlong() throws IOException {
    load("prices", "prices-2026-11-20.csv", "A,1", "B,x");
    long file = Long.parseLong(query("SELECT min(id)::text FROM commondata.file").get(0));
    new Corrections(feed("prices"))
        .resubmit(file, new TreeMap<>(Map.of(3L, "B,2")), new Act("ann", "a test"));
    assertThat(prices()).containsExactly("A1", "B2");

    load("prices", "prices-2026-11-20b.csv", "A,3");

    assertThat(prices()).containsExactly("A3");
    assertThat(query("SELECT state FROM commondata.file ORDER BY id"))
        .containsExactly("SUPERSEDED", "SUPERSEDED", "LOADED");
  }

  @Test
  void isNoSuccessorIfItIsRefused() throws IOException {
    load("prices", "prices-2026-11-20.csv", "A,1");

    load("prices", "prices-2026-11-20.csv", "A,x", "B,y");

    assertThat(prices()).containsExactly("A1");
    assertThat(ledger())
        .containsExactly("prices-2026-11-20.csv LOADED", "prices-2026-11-20.csv REJECTED");
  }

  @Test
  void asksAnOperatorBeforeTheOldOneComesBack() throws IOException {
    load("prices", "prices-2026-11-20.csv", "A,1");
    load("prices", "prices-2026-11-20.csv", "A,2");

    load("prices", "prices-2026-11-20-again.csv", "A,1");

    assertThat(prices()).containsExactly("A2");
    assertThat(query("SELECT reason FROM commondata.file WHERE state = 'HELD'").get(0))
        .matches("its content is that of file \\d+, which file \\d+ has superseded");
    DATABASE
        .login("commondata_operator")
        .jdbc()
        .sql(
            "SELECT commondata.release_file(id, 'ann', 'it was right') FROM commondata.file WHERE state = 'HELD'")
        .query()
        .listOfRows();
    CatalogFeed.untilQuiet(new FeedPoll(feed("prices"), clock));

    assertThat(prices()).containsExactly("A1");
    assertThat(query("SELECT state FROM commondata.file ORDER BY id"))
        .containsExactly("SUPERSEDED", "SUPERSEDED", "LOADED");
  }

  @Test
  void takesContentForEachDayThatHasIt() throws IOException {
    load("sales", "sales-2026-11-20.csv", "A,1");
    load("sales", "sales-2026-11-21.csv", "B,2");

    load("sales", "sales-2026-11-21.csv", "A,1");
    load("sales", "again-2026-11-21.csv", "A,1");

    assertThat(ledger())
        .containsExactly(
            "sales-2026-11-20.csv LOADED",
            "sales-2026-11-21.csv SUPERSEDED 2",
            "sales-2026-11-21.csv LOADED",
            "again-2026-11-21.csv DUPLICATE");
    assertThat(sales()).containsExactly("A1", "A1");
    assertThat(query("SELECT feed FROM invariant.content_is_loaded_once")).isEmpty();
  }

  @Test
  void waitsForAnotherFileOfItsDay() throws IOException {
    query(
        """
        INSERT INTO commondata.run (job, business_date, attempt, started_by, node, started_at)
        VALUES ('sales', '2026-11-21', 1, 'hand', 'other', clock_timestamp() + interval '1 hour')
        RETURNING id::text
        """);
    load("sales", "z-2026-11-20.csv", "A,1");
    load("sales", "a-2026-11-20.csv", "A,2");
    load("sales", "a-2026-11-19.csv", "A,3");
    assertThat(ledger()).containsExactly("z-2026-11-20.csv CLAIMED", "a-2026-11-19.csv CLAIMED");
    age();

    CatalogFeed.untilQuiet(new FeedPoll(feed("sales"), clock));

    assertThat(ledger())
        .containsExactly(
            "z-2026-11-20.csv SUPERSEDED 2", "a-2026-11-19.csv LOADED", "a-2026-11-20.csv LOADED");
    assertThat(sales()).containsExactlyInAnyOrder("A2", "A3");
  }

  private static void age() {
    query(
        """
        UPDATE commondata.run
        SET started_at = clock_timestamp() - interval '1 minute'
        WHERE state = 'RUNNING'
        RETURNING 'aged'
        """);
  }

  @Test
  void showsTheOldDayUntilTheNewOneIsThere() throws IOException {
    load("sales", "sales-2026-11-20.csv", "A,1", "B,2");
    Files.writeString(
        drop.resolve("sales").resolve("incoming").resolve("sales-2026-11-20-b.csv"),
        "sku,price\nA,3\n");
    try (Faults faults = Faults.dieAt(FaultPoint.FILE_FINISHED)) {
      assertThat(catchThrowable(() -> new FeedPoll(feed("sales"), clock).pollOnce()))
          .isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(FaultPoint.FILE_FINISHED)).isEqualTo(1);
    }
    assertThat(sales()).containsExactly("A1", "B2");
    age();

    CatalogFeed.untilQuiet(new FeedPoll(feed("sales"), clock));

    assertThat(sales()).containsExactly("A3");
    assertThat(query("SELECT s.sku FROM catalog.sale AS s")).containsExactly("A");
    assertThat(ledger())
        .containsExactly("sales-2026-11-20.csv SUPERSEDED 1", "sales-2026-11-20-b.csv LOADED");
  }

  private static List<String> sales() {
    return query("SELECT s.sku || s.price FROM published.sale AS s ORDER BY s.sku");
  }
}
