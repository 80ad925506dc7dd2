package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A node that may not read a file or write to a directory: the file waits, the next one passes.
 * Root may, so it starts the node without that right.
 */
final class FilePermissionsIT extends FeedProcessSteps {

  private static final String NOTHING = "---------";
  private static final String OWN = "rw-------";
  private static final List<String> AS_OTHERS =
      List.of(
          "setpriv",
          "--bounding-set=-dac_override,-dac_read_search",
          "--inh-caps=-dac_override,-dac_read_search");

  @SuppressWarnings("NullAway.Init")
  private LargeFeed feed;

  @BeforeEach
  void handFilesIn() {
    feed = feed("append");
    feed.drop("a.csv", LargeFeed.records(3));
    feed.drop("b.csv", LargeFeed.records(3).replace("-4000-", "-4001-"));
  }

  private static void allow(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  /** Starts a node, which stands still at a point. */
  private Process startUntil(FaultPoint point, int time) throws Exception {
    Process node = start(asOthers(), "append", point, time);
    FeedProcess.awaitStanding(node, drop);
    return node;
  }

  private List<String> asOthers() throws Exception {
    Path secret = Files.createFile(drop.resolve("secret"));
    allow(secret, NOTHING);
    if (!Files.isReadable(secret)) {
      return List.of();
    }
    assumeThat(canBeTakenAway()).as("setpriv takes away what root may").isTrue();
    return AS_OTHERS;
  }

  private static boolean canBeTakenAway() throws InterruptedException {
    List<String> command = new ArrayList<>(AS_OTHERS);
    command.add("true");
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      // There is no such command.
      return false;
    }
  }

  private void assertBothAreLoaded() {
    assertThat(feed.ledger()).containsExactlyInAnyOrder("a.csv LOADED 3 3 0", "b.csv LOADED 3 3 0");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("6");
  }

  @Test
  void leavesAFileWhereItIsThatItMayNotRead() throws Exception {
    Path unreadable = feed.incoming("a.csv");
    allow(unreadable, NOTHING);
    Process node = startUntil(FaultPoint.FILE_SETTLED, 1);
    assertThat(feed.ledger()).containsExactly("b.csv LOADED 3 3 0");
    assertThat(unreadable).exists();

    allow(unreadable, OWN);
    FeedProcess.goOn(node);
    FeedProcess.awaitEnd(node, drop, LONGEST);

    assertBothAreLoaded();
  }

  @Test
  void keepsAFileThatItMayNotReadAnyMoreOnceItHasClaimedIt() throws Exception {
    Process node = startUntil(FaultPoint.FILE_MOVED, 1);
    Path unreadable = feed.claimed();
    allow(unreadable, NOTHING);
    FeedProcess.goOn(node);
    await()
        .atMost(LONGEST)
        .untilAsserted(
            () ->
                assertThat(feed.ledger())
                    .containsExactly("a.csv CLAIMED 0 0 0", "b.csv LOADED 3 3 0"));
    assertThat(feed.query("SELECT message FROM commondata.run WHERE state = 'FAILED'"))
        .isNotEmpty()
        .allMatch(message -> message.contains("\"" + unreadable + "\" can't be read"));

    allow(unreadable, OWN);
    FeedProcess.awaitEnd(node, drop, LONGEST);

    assertBothAreLoaded();
  }

  @Test
  void archivesLaterWhatItMayNotPutThereNow() throws Exception {
    Path archive = drop.resolve("append").resolve("archive");
    allow(archive, "r-xr-xr-x");
    Process node = startUntil(FaultPoint.FILE_COMMITTED, 2);
    assertBothAreLoaded();
    assertThat(filesIn("claimed")).containsExactly("a.csv", "b.csv");
    assertThat(archive).isEmptyDirectory();

    allow(archive, "rwxr-xr-x");
    FeedProcess.goOn(node);
    FeedProcess.awaitEnd(node, drop, LONGEST);

    assertBothAreLoaded();
    assertThat(filesIn("claimed")).isEmpty();
    assertThat(filesIn("archive")).hasSize(2);
  }

  @Test
  void givesADuplicateThatItMayNotMoveOneRow() throws Exception {
    CatalogFeed.untilQuiet(feed.poll());
    assertBothAreLoaded();
    feed.drop("c.csv", LargeFeed.records(3));
    Path incoming = drop.resolve("append").resolve("incoming");
    allow(incoming, "r-xr-xr-x");
    Process node = start(asOthers(), "append", FaultPoint.FILE_SETTLED, 0);

    await().atMost(LONGEST).until(() -> feed.ledger().contains("c.csv DUPLICATE 0 0 0"));
    await()
        .during(Duration.ofSeconds(1))
        .atMost(LONGEST)
        .untilAsserted(() -> assertThat(feed.ledger()).hasSize(3));
    assertThat(filesIn("incoming")).containsExactly("c.csv");

    allow(incoming, "rwxr-xr-x");
    FeedProcess.awaitEnd(node, drop, LONGEST);
    assertThat(feed.ledger()).hasSize(3);
    assertThat(filesIn("archive")).anyMatch(name -> name.endsWith("-c.csv.duplicate"));
  }

  private List<String> filesIn(String directory) throws IOException {
    try (var paths = Files.walk(drop.resolve("append").resolve(directory))) {
      return paths.filter(Files::isRegularFile).map(DropDirectory::name).sorted().toList();
    }
  }
}
