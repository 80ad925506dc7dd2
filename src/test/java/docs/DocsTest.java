package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DocsTest {

  @Test
  void everyLinkLeadsSomewhere() {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Markdown document : Markdown.all()) {
      Path directory =
          document.path().getParent() == null ? Path.of("") : document.path().getParent();
      for (String link : document.localLinks()) {
        links++;
        if (!Files.exists(directory.resolve(link))) {
          broken.add("%s: error: nothing at %s".formatted(document.path(), link));
        }
      }
    }

    assertThat(links).as("links looked at").isGreaterThan(20);
    assertThat(broken).isEmpty();
  }

  @Test
  void theReadmeShowsHowItIsUsed() {
    List<Markdown.Example> examples = Markdown.read("README.md").examples();

    assertThat(examples).hasSizeGreaterThan(4);
    assertThat(examples.get(0).commands()).containsExactly("./commondata demo");
    assertThat(examples.get(0).output()).isNotEmpty();
  }
}
