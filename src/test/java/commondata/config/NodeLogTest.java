package commondata.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** What logging-node.xml makes of text that others sent. */
final class NodeLogTest {

  @TempDir private Path directory = Path.of("");

  private final LoggerContext context = new LoggerContext();

  @BeforeEach
  void configure() throws JoranException {
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.putProperty("LOG_FILE", directory.resolve("node.log").toString());
    context.putProperty("commondata.log", "OFF");
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(
        Objects.requireNonNull(getClass().getResource("/logging-node.xml"), "logging-node.xml"));
  }

  @AfterEach
  void close() {
    context.stop();
  }

  @Test
  void marksWhatIsNoLineOfItsOwn() throws IOException {
    log().warn("order: key \"{}\" failed", "o-1\n2026-11-30T08:00:00.000Z INFO all is well");

    List<String> lines = lines();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("20").endsWith(" - order: key \"o-1");
    assertThat(lines.get(1)).isEqualTo("  | 2026-11-30T08:00:00.000Z INFO all is well\" failed");
  }

  @Test
  void marksTheLinesOfAnException() throws IOException {
    log().warn("failed", new IllegalStateException("sku \"S\r\nINFO all is well\""));

    assertThat(lines().subList(1, 4))
        .satisfiesExactly(
            line -> assertThat(line).endsWith("IllegalStateException: sku \"S"),
            line -> assertThat(line).isEqualTo("  | INFO all is well\""),
            line -> assertThat(line).startsWith("  | \tat "));
  }

  @Test
  void obeysNoEscape() throws IOException {
    log().warn("key \"{}\"", "\u001B[2J\u009B31m");

    assertThat(lines()).singleElement().asString().endsWith("key \"?[2J?31m\"");
  }

  private Logger log() {
    return context.getLogger("commondata.subscription.Failures");
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(directory.resolve("node.log"));
  }
}
