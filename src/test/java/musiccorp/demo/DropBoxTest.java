package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DropBoxTest {

  private static final FeedFile FILE = new FeedFile("catalog", "a.csv", "sku\né\n");

  @Test
  void leavesNothingButTheFileUnderItsName(@TempDir Path home) {
    new DropBox(home).put(FILE);

    assertThat(home.resolve("catalog/incoming/a.csv")).hasContent("sku\né\n");
    assertThat(home.resolve("catalog/incoming")).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void doesNotHandInWhatIsClaimedAlready(@TempDir Path home) throws IOException {
    Files.createDirectories(home.resolve("catalog/claimed/3"));
    Files.writeString(home.resolve("catalog/claimed/3/a.csv"), "sku\n");

    new DropBox(home).put(FILE);

    assertThat(home.resolve("catalog/incoming/a.csv")).doesNotExist();
  }

  @Test
  void doesNotWaitForWhatNoFeedTakes(@TempDir Path home) throws IOException {
    Files.createDirectories(home.resolve("catalog/incoming"));
    Files.writeString(home.resolve("catalog/incoming/a.csv.tmp"), "sku\n");

    assertThat(new DropBox(home).waiting(List.of("catalog"))).isZero();
  }

  @Test
  void findsWhatTheFeedHasArchivedByDay(@TempDir Path home) throws IOException {
    Files.createDirectories(home.resolve("catalog/archive/2026/03/02"));
    Files.writeString(home.resolve("catalog/archive/2026/03/02/3-a.csv"), "sku\n");

    assertThat(new DropBox(home).archived("catalog")).containsExactly("a.csv");
    assertThat(new DropBox(home).waiting(List.of("catalog"))).isZero();
  }
}
