package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;

/** Runs the commands of docs/how-to/hospital.md, one after the other, on five dead letters. */
final class HospitalGuideIT {

  private static final Pattern BLOCK = Pattern.compile("(?s)```sh run\n(.*?)```");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void itsCommandsDoWhatItSays() throws IOException {
    SettledWorld.write(INSTALLATION.owner());
    for (int i = 1; i <= 5; i++) {
      SettledWorld.deadLetter(INSTALLATION.owner(), "letter-" + i);
    }
    List<List<String>> commands = commands();

    assertThat(commands).hasSizeGreaterThan(10);
    for (List<String> command : commands) {
      if (command.contains("ann")) {
        JdbcClient.create(INSTALLATION.owner())
            .sql("UPDATE commondata.subscription SET four_eyes = true")
            .update();
      }
      Outcome outcome = INSTALLATION.run(command.toArray(String[]::new));
      assertThat(outcome.exitCode()).as("%s: %s", command, outcome.err()).isZero();
    }
    assertThat(
            JdbcClient.create(INSTALLATION.owner())
                .sql("SELECT state FROM commondata.dead_letter ORDER BY id LIMIT 5")
                .query(String.class)
                .list())
        .containsExactly("REPLAYED", "REPLAYED", "EDITED", "DISCARDED", "REPLAYED");
  }

  private static List<List<String>> commands() throws IOException {
    String guide = Files.readString(Path.of("docs", "how-to", "hospital.md"));
    return BLOCK
        .matcher(guide)
        .results()
        .flatMap(block -> block.group(1).lines())
        .map(line -> words(line.replaceFirst("^\\./commondata ", "")))
        .toList();
  }

  private static List<String> words(String line) {
    return WORD.matcher(line)
        .results()
        .map(
            word ->
                word.group(1) != null
                    ? word.group(1)
                    : word.group(2) != null ? word.group(2) : word.group(3))
        .toList();
  }
}
