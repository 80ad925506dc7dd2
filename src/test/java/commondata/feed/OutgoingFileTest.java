package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.JobFolder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutgoingFileTest {

  private static final Layout LAYOUT =
      Layout.read(
          new JobFolder("j", "j", name -> "format: csv\ncolumns: [{name: a, type: text}]\n"),
          "layout.yaml");

  @TempDir private Path directory = Path.of("");

  @Test
  void isWrittenWhereNothingLies() throws IOException {
    Path precious = Files.writeString(directory.resolve("precious"), "mine");
    Path link = Files.createSymbolicLink(directory.resolve("link"), precious);
    Path nowhere = Files.createSymbolicLink(directory.resolve("nowhere"), directory.resolve("new"));

    for (Path taken : new Path[] {precious, link, nowhere}) {
      assertThatThrownBy(() -> new OutgoingFile(taken, LAYOUT))
          .isInstanceOf(FileAlreadyExistsException.class);
    }

    assertThat(precious).hasContent("mine");
    assertThat(directory.resolve("new")).doesNotExist();
  }
}
