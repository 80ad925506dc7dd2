package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.config.CommonDataProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class EnvironmentNamesTest {

  @Test
  void findsWhatIsMisspelt() {
    assertThat(
            EnvironmentNames.unknown(
                Set.of(
                    "PATH",
                    "COMMONDATA_PASSWORD_DIR_",
                    "COMMONDATA_PASWORDS_DIR",
                    "COMMONDATA_POOL_INTERVAL",
                    "COMMONDATA_HOME")))
        .containsExactly("COMMONDATA_PASWORDS_DIR", "COMMONDATA_POOL_INTERVAL");
  }

  @Test
  void knowsEveryProperty() {
    Stream<String> properties =
        Arrays.stream(CommonDataProperties.class.getRecordComponents())
            .map(component -> component.getName())
            .map(name -> name.equals("retention") ? "retention_keep" : name)
            .map(name -> "COMMONDATA_" + name.replaceAll("([A-Z])", "_$1"))
            .map(name -> name.toUpperCase(Locale.ROOT));

    assertThat(EnvironmentNames.unknown(properties.toList())).isEmpty();
  }

  @Test
  void knowsWhatThePagesName() throws IOException {
    String pages =
        Files.readString(Path.of("docs", "reference", "configuration.md"))
            + Files.readString(Path.of("docker-compose.yml"));
    List<String> named =
        Pattern.compile("COMMONDATA_[A-Z_]*[A-Z]")
            .matcher(pages.replace("<LOGIN>", "LOGIN"))
            .results()
            .map(result -> result.group())
            .toList();

    assertThat(named).hasSizeGreaterThan(8);
    assertThat(EnvironmentNames.unknown(named)).isEmpty();
  }
}
