package commondata.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.home.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StartLockTest {

  @TempDir private Path directory = Path.of("");

  @Test
  void aHomeIsBeingMadeWhileSomebodyHasItsLockAndUntilItIsMade() throws Exception {
    Home home = new Home(directory.resolve("home"));
    assertThat(isBeingMade(home)).as("no home").isFalse();
    assertThat(home.path()).doesNotExist();
    home.create();

    try (StartLock lock = StartLock.take(home.postgres().resolve("start.lock"))) {
      assertThat(lock).isNotNull();
      assertThat(isBeingMade(home)).as("somebody starts it").isTrue();
      Files.createFile(home.postgres().resolve("prepared"));
      assertThat(isBeingMade(home)).as("it was made before").isFalse();
      assertThat(EmbeddedPostgres.isMade(home)).isTrue();
      Files.delete(home.postgres().resolve("prepared"));
    }

    assertThat(isBeingMade(home)).as("nobody does").isFalse();
    assertThat(EmbeddedPostgres.isMade(home)).isFalse();
  }

  /** Another thread has to ask: this one may take its lock again. */
  private static boolean isBeingMade(Home home) {
    return CompletableFuture.supplyAsync(() -> EmbeddedPostgres.isBeingMade(home)).join();
  }
}
