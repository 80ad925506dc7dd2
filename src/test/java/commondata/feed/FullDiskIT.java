package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.SettableClock;
import testkit.TestDatabase;

/**
 * Disks that are full: small ones in memory are mounted, which only root may; else these tests are
 * left out.
 */
final class FullDiskIT {

  private static final int RECORDS = 20_000;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  private final List<Path> mounted = new ArrayList<>();
  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void empty() {
    new CatalogFeed(DATABASE, directory.resolve("elsewhere"), clock).empty();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    for (Path path : mounted) {
      run("umount", "-l", path.toString());
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor() == 0;
  }

  private void mount(Path path, String options) throws IOException, InterruptedException {
    Files.createDirectories(path);
    assumeThat(run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString()))
        .as("mounting a disk in memory needs root")
        .isTrue();
    mounted.add(path);
  }

  private static void enlarge(Path path, String options) throws IOException, InterruptedException {
    assertThat(run("mount", "-o", "remount," + options, path.toString())).isTrue();
  }

  @Test
  void loadsAFileLaterForWhichStagingHadNoRoom() throws Exception {
    LargeFeed.makeTablesAnew(DATABASE);
    Path data = Path.of(one("SHOW data_directory"));
    assumeThat(data).as("the server's disk is that of this machine").isDirectory();
    Path small = data.resolveSibling("small-disk");
    mount(small, "size=256k");
    Files.setOwner(small, Files.getOwner(data));
    sql("CREATE TABLESPACE small_disk LOCATION '%s'".formatted(small));
    sql("ALTER TABLE staging.large SET TABLESPACE small_disk");
    LargeFeed feed = new LargeFeed(DATABASE, directory, clock, "merge");
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    FeedPoll poll = feed.poll();
    try {
      CatalogFeed.untilQuiet(poll);
      assertThat(feed.ledger()).containsExactly("a.csv CLAIMED 0 0 0");
      assertThat(one("SELECT concat_ws(' ', state, exit_code, message) FROM commondata.run"))
          .startsWith("FAILED 16")
          .contains("No space left on device");

      enlarge(small, "size=64m");
      clock.advance(Duration.ofMinutes(1));
      CatalogFeed.untilQuiet(poll);
      assertThat(feed.ledger()).containsExactly("a.csv LOADED %1$d %1$d 0".formatted(RECORDS));
      assertThat(one("SELECT concat_ws(' ', count(*), sum(n)) FROM catalog.large"))
          .isEqualTo("%d %d".formatted(RECORDS, RECORDS * 9 / 2));
    } finally {
      sql("ALTER TABLE staging.large SET TABLESPACE pg_default");
      sql("DROP TABLESPACE small_disk");
    }
  }

  @Test
  void archivesAFileLaterForWhichThereWasNoRoomAndLoadsItOnce() throws Exception {
    Path drop = directory.resolve("drop");
    mount(drop, "nr_inodes=100");
    CatalogFeed feed = new CatalogFeed(DATABASE, drop, clock);
    FeedPoll poll = feed.poll();
    feed.write("a.csv", CatalogFeed.rows("A"));
    // Room for claimed/<id> and the archive's year, not for its month and day.
    enlarge(drop, "nr_inodes=%d".formatted(inodes(drop) + 2));

    CatalogFeed.untilQuiet(poll);
    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
    assertThat(feed.files("claimed")).containsExactly("a.csv");

    enlarge(drop, "nr_inodes=100");
    clock.advance(Duration.ofMinutes(1));
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.files("claimed")).isEmpty();
    assertThat(feed.files("archive")).hasSize(1);
    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
    assertThat(feed.events()).containsExactly("A");
  }

  @Test
  void givesAFileThatThereIsNoRoomToTakeOneRow() throws Exception {
    LargeFeed.makeTablesAnew(DATABASE);
    Path drop = directory.resolve("drop");
    mount(drop, "nr_inodes=100");
    LargeFeed feed = new LargeFeed(DATABASE, drop, clock, "append").with(", ready: marker");
    FeedPoll poll = feed.poll();
    feed.drop("a.csv", LargeFeed.records(3));
    feed.drop("a.csv.done", "");
    CatalogFeed.untilQuiet(poll);
    feed.drop("b.csv", LargeFeed.records(3));
    feed.drop("b.csv.done", "");
    feed.drop("c.csv", LargeFeed.records(4).replace("-4000-", "-4001-"));
    feed.drop("c.csv.sha256", "0".repeat(64));
    enlarge(drop, "nr_inodes=%d".formatted(inodes(drop)));

    for (int i = 0; i < 3; i++) {
      CatalogFeed.untilQuiet(poll);
    }
    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED 3 3 0", "b.csv DUPLICATE 0 0 0", "c.csv REJECTED 0 0 0");

    // Another marker is another word about the file.
    enlarge(drop, "nr_inodes=100");
    feed.drop("c.csv.sha256", Digests.of(feed.incoming("c.csv")).sha256());
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.ledger())
        .containsExactly(
            "a.csv LOADED 3 3 0",
            "b.csv DUPLICATE 0 0 0",
            "c.csv REJECTED 0 0 0",
            "c.csv LOADED 4 4 0");
    assertThat(drop.resolve("append/claimed")).isEmptyDirectory();
    assertThat(drop.resolve("append/rejected")).isEmptyDirectory();
  }

  /** There is room for names where there is none for content. */
  @Test
  void leavesNothingBehindWhereTheReasonOfARefusalHasNoRoom() throws Exception {
    Path drop = directory.resolve("drop");
    mount(drop, "size=256k");
    CatalogFeed feed = new CatalogFeed(DATABASE, drop, clock);
    FeedPoll poll = feed.poll();
    Files.createSymbolicLink(feed.path("incoming", "a.csv"), Path.of("/nowhere"));
    Path filler = drop.resolve("filler");
    try (OutputStream full = Files.newOutputStream(filler)) {
      while (true) {
        full.write(new byte[4096]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }

    for (int i = 0; i < 3; i++) {
      CatalogFeed.untilQuiet(poll);
    }
    assertThat(feed.files("rejected")).isEmpty();

    Files.delete(filler);
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.files("rejected")).containsExactly("refused-a.csv", "refused-a.csv.reason.txt");
  }

  @Test
  void saysAtTheStartThatTheArchiveIsOnAnotherDisk() throws Exception {
    Path drop = directory.resolve("drop");
    Path archive = drop.resolve("catalog/archive");
    mount(archive, "size=64k");

    assertThatThrownBy(() -> new CatalogFeed(DATABASE, drop, clock).poll())
        .hasMessageStartingWith("directory \"%s\" lies on another file system".formatted(archive));
  }

  private static long inodes(Path directory) throws IOException {
    try (var paths = Files.walk(directory)) {
      return paths.count();
    }
  }

  private static void sql(String statement) {
    DATABASE.superuser().sql(statement).update();
  }

  private static String one(String sql) {
    return Objects.requireNonNull(DATABASE.superuser().sql(sql).query(String.class).single());
  }
}
