package musiccorp.chaos;

import commondata.home.Home;
import commondata.job.JobRunner;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import commondata.job.Step;
import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterFilter;
import commondata.operate.LetterAct;
import commondata.operate.LetterResult;
import commondata.operate.Operate;
import commondata.schedule.Poll;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;

/** What a schedule, a carrier and an operator would do; done by every node, all the time. */
final class Chores {

  private static final long PAUSE_NANOS = 250_000_000;

  private Chores() {}

  private static boolean isDue(long last) {
    return System.nanoTime() - last > PAUSE_NANOS;
  }

  /** Writes the carrier's manifest whenever there are parcels. */
  static final class Manifest implements Poll {

    private final JobRunner runner;
    private long last = System.nanoTime();

    Manifest(JobRunner runner) {
      this.runner = runner;
    }

    @Override
    public String name() {
      return "manifest";
    }

    @Override
    public boolean pollOnce() {
      if (!isDue(last)) {
        return false;
      }
      last = System.nanoTime();
      RunResult result =
          runner.run(
              "carrier-manifest", LocalDate.now(ZoneOffset.UTC), StartedBy.SCHEDULE, Map.of());
      return result instanceof RunResult.Finished;
    }
  }

  /** Acknowledges every manifest. */
  static final class Carrier implements Poll {

    private final Path outgoing;
    private long last = System.nanoTime();

    Carrier(Home home) {
      this.outgoing = home.drop().resolve("carrier-manifest").resolve("outgoing");
    }

    @Override
    public String name() {
      return "carrier";
    }

    @Override
    public boolean pollOnce() {
      if (!isDue(last)) {
        return false;
      }
      last = System.nanoTime();
      try (DirectoryStream<Path> manifests = Files.newDirectoryStream(outgoing, "manifest-*.csv")) {
        for (Path manifest : manifests) {
          Files.write(
              manifest.resolveSibling(manifest.getFileName() + Step.Export.ACKNOWLEDGEMENT),
              new byte[0]);
        }
        return false;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Replays whatever is dead, mended or not. */
  static final class Replays implements Poll {

    private static final int LETTERS = 5;

    private final Operate operate;
    private long last = System.nanoTime();

    Replays(Operate operate) {
      this.operate = operate;
    }

    @Override
    public String name() {
      return "replays";
    }

    @Override
    public boolean pollOnce() {
      if (!isDue(last)) {
        return false;
      }
      last = System.nanoTime();
      boolean replayed = false;
      DeadLetterFilter open = new DeadLetterFilter(null, "OPEN", null, null, null, null);
      for (DeadLetter letter : operate.deadLetters(open, LETTERS)) {
        replayed |=
            operate.treat(letter.id(), LetterAct.REPLAY, new Act("chaos", "tries again"))
                == LetterResult.DONE;
      }
      return replayed;
    }
  }
}
