package musiccorp.cli;

import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import commondata.home.SetupException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The first start of a database, by another process: whoever wants to look meanwhile waits for it,
 * a minute at most.
 */
final class Preparation {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Who has just started the server needs a moment until it migrates. */
  private static final Duration GAP = Duration.ofSeconds(3);

  private static final long PAUSE_MS = 200;

  private final Home home;
  private final Consumer<String> tell;
  private final long began = System.nanoTime();
  private boolean isTold;

  Preparation(Home home, Consumer<String> tell) {
    this.home = home;
    this.tell = tell;
  }

  /** Waits while the embedded server is made. */
  void awaitServer() {
    while (EmbeddedPostgres.isBeingMade(home)) {
      await();
    }
  }

  /**
   * Waits while the logins have no passwords yet.
   *
   * @param refusal why a login is refused, if it is
   * @param isMigrating whether somebody prepares the database
   * @throws SetupException if nobody does
   */
  void awaitLogins(Supplier<Optional<SetupException>> refusal, BooleanSupplier isMigrating) {
    long seen = System.nanoTime();
    while (refusal.get().isPresent()) {
      if (isMigrating.getAsBoolean()) {
        await();
        seen = System.nanoTime();
      } else if (System.nanoTime() - seen > GAP.toNanos()) {
        throw new SetupException(
            "The database in \"%s\" was not prepared to its end, or the passwords in its directory secrets were changed: ./commondata up mends both."
                .formatted(home));
      } else {
        pause();
      }
    }
  }

  private void await() {
    if (!isTold) {
      tell.accept("The database in \"%s\" is being prepared: waiting for that".formatted(home));
      isTold = true;
    }
    if (System.nanoTime() - began > PATIENCE.toNanos()) {
      throw new CliException(
          ExitCode.CANNOT_TELL_YET,
          "The database in \"%s\" is still being prepared by another process after %d s. Try again when that one says that it is up."
              .formatted(home, PATIENCE.toSeconds()));
    }
    pause();
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SetupException("Interrupted while the database was being prepared.", e);
    }
  }
}
