package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are handed in under one name at a time. */
final class HandInTest {

  private static final int WRITERS = 8;
  private static final int SIZE = 2_000_000;

  @TempDir private Path directory = Path.of("");
  private Path incoming = Path.of("");

  @BeforeEach
  void begin() {
    incoming = directory.resolve("drop/marked/incoming");
  }

  private JobDefinition job() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/marked"));
    Files.writeString(
        folder.resolve("job.yaml"),
        "id: marked\nowner: a\nsource: {feed: marked, layout: layout.yaml, ready: marker}\n");
    return JobCatalog.of(directory.resolve("jobs")).find("marked").orElseThrow();
  }

  /** A file of that name, full of one letter. */
  private Path file(char letter) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("from-" + letter));
    return Files.writeString(folder.resolve("a.csv"), String.valueOf(letter).repeat(SIZE));
  }

  private static boolean isHandedIn(HandIn handIn) throws IOException {
    try {
      handIn.done();
      return true;
    } catch (CliException e) {
      assertThat(e)
          .hasMessageEndingWith(
              "\" waits there already. Why no node has taken it says"
                  + " ./commondata file list --incoming --feed marked");
      return false;
    }
  }

  @Test
  void oneOfManyIsThereWhole() throws Exception {
    JobDefinition job = job();
    List<Callable<Boolean>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      HandIn handIn = new HandIn(file((char) ('a' + i)), job, directory.resolve("drop"));
      writers.add(() -> isHandedIn(handIn));
    }
    List<Boolean> won = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(WRITERS);
    for (Future<Boolean> each : pool.invokeAll(writers)) {
      won.add(each.get());
    }
    pool.shutdown();

    assertThat(won).containsOnlyOnce(true);
    char winner = (char) ('a' + won.indexOf(true));
    assertThat(incoming.resolve("a.csv")).hasSameTextualContentAs(file(winner));
    assertThat(incoming.resolve("a.csv.sha256")).content().startsWith(HandIn.sha256(file(winner)));
    try (Stream<Path> left = Files.list(incoming)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void whatLiesThereStays() throws IOException {
    Files.createDirectories(incoming);
    Files.writeString(incoming.resolve("a.csv"), "first");

    assertThat(isHandedIn(new HandIn(file('x'), job(), directory.resolve("drop")))).isFalse();

    assertThat(incoming.resolve("a.csv")).hasContent("first");
    assertThat(incoming.resolve("a.csv.sha256")).doesNotExist();
  }
}
