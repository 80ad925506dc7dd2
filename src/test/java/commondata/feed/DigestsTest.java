package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DigestsTest {

  /** Holes: it takes no room, and some hours to read. */
  private static final long HUGE = 1L << 40;

  @TempDir private Path directory = Path.of("");

  @Test
  void isNotReadToItsEndOnceItIsTakenAway() throws Exception {
    Path file = directory.resolve("a.csv");
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.setLength(HUGE);
    }
    CompletableFuture<Void> reading = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                Digests.of(file);
                reading.complete(null);
              } catch (IOException e) {
                reading.completeExceptionally(e);
              }
            });
    reader.setDaemon(true);
    reader.start();
    TimeUnit.MILLISECONDS.sleep(50);
    assertThat(reading).isNotDone();

    Files.delete(file);

    assertThatThrownBy(() -> reading.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(NoSuchFileException.class);
  }
}
