package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Two nodes look into one directory of claimed files. */
final class ClaimedFilesTest {

  @TempDir private Path root = Path.of("");

  private ClaimedFiles claimed() {
    return new ClaimedFiles(
        root.resolve("claimed"),
        root.resolve("incoming"),
        new RejectedFiles(root.resolve("rejected")));
  }

  /** Between the list of all places and the look into this one, another node moves it. */
  @Test
  void findsAFileThatAnotherNodeBringsToItsPlaceMeanwhile() throws IOException {
    Path onTheWay = Files.createDirectories(root.resolve("claimed").resolve("5.other"));
    Files.writeString(onTheWay.resolve("a.csv"), "a");
    // That it can't be listed is told, which is the moment.
    Files.writeString(root.resolve("claimed").resolve("3.stray"), "");
    Path place = root.resolve("claimed").resolve("5");
    AppenderBase<ILoggingEvent> otherNode =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            try {
              Files.move(onTheWay, place, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    otherNode.start();
    Logger logger = (Logger) LoggerFactory.getLogger(ClaimedFiles.class);
    logger.addAppender(otherNode);
    try {
      assertThat(claimed().isGone(5, "a.csv")).isFalse();
    } finally {
      logger.detachAppender(otherNode);
    }
    assertThat(place.resolve("a.csv")).exists();
  }

  @Test
  void isGoneIfItsPlaceIsEmpty() throws IOException {
    Files.createDirectories(root.resolve("claimed").resolve("5"));

    assertThat(claimed().isGone(5, "a.csv")).isTrue();
  }
}
