package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;
import tools.jackson.databind.JsonNode;

/** Who is to confirm an edit sees what it would change, and how to confirm just that. */
final class ProposedEditIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void isShownToWhoeverIsToConfirmIt() {
    SettledWorld.write(INSTALLATION.owner());
    String id = Long.toString(SettledWorld.deadLetter(INSTALLATION.owner(), "letter-1"));
    JdbcClient.create(INSTALLATION.owner())
        .sql("UPDATE commondata.subscription SET four_eyes = true")
        .update();
    assertThat(INSTALLATION.run("hospital", "show", id, "--json").json().get("proposedChanges"))
        .isEmpty();

    Outcome edit =
        INSTALLATION.run(
            "hospital",
            "edit",
            id,
            "--payload",
            "{\"orderId\": \"mended-1\"}",
            "--as",
            "ann",
            "--reason",
            "mended");

    assertThat(edit.exitCode()).as(edit.err()).isZero();
    assertThat(edit.err()).contains(" hospital show " + id);
    JsonNode changes =
        INSTALLATION.run("hospital", "show", id, "--json").json().get("proposedChanges");
    assertThat(changes).hasSize(1);
    assertThat(changes.get(0).get("pointer").asString()).isEqualTo("/orderId");
    Outcome shown =
        INSTALLATION.run(
            "hospital", "show", id, "--personal", "--as", "bob", "--reason", "to confirm");
    assertThat(shown.out()).contains("/orderId", "mended-1");
    assertThat(shown.err())
        .containsPattern(
            "Next: \\./commondata --home \\S+ hospital confirm " + id + " --seen \\d+ --reason");
  }
}
