package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

final class CommandLineTest {

  @TempDir private Path directory = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void namesACommandThatDoesNotExist() {
    assertThat(run("nonsense")).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("'nonsense'").contains("./commondata --help");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run fraud-flags --date",
        "run list --date",
        "order place C-1 SKU --date",
        "backfill fraud-flags --to 2026-11-28 --from",
        "file waive catalog --date"
      })
  void saysWhatADateLooksLike(String command) {
    assertThat(run((command + " 28.11.2026").split(" "))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString())
        .contains(": must be a date such as 2026-11-28, but is \"28.11.2026\".\n")
        .doesNotContain("java");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hospital show", "file show", "run list --limit", "up --port"})
  void saysWhatANumberIs(String command) {
    assertThat(run((command + " abc").split(" "))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains(": 'abc' is not a whole number.\n");
  }

  @Test
  void helpBreaksNoLineThatIsBrokenByHand() {
    assertThat(commands(Main.tree())).allSatisfy(CommandLineTest::helpKeepsLines);
  }

  private static Stream<CommandLine> commands(CommandLine line) {
    return Stream.concat(
        Stream.of(line),
        line.getSubcommands().values().stream().flatMap(CommandLineTest::commands));
  }

  private static void helpKeepsLines(CommandLine line) {
    UsageMessageSpec usage = line.getCommandSpec().usageMessage();
    for (String[] paragraph : List.of(usage.description(), usage.footer())) {
      if (paragraph.length > 1) {
        assertThat(line.getUsageMessage().lines()).contains(paragraph);
      }
    }
  }

  @Test
  void helpBreaksNoNameInTwo() {
    assertThat(commands(Main.tree()))
        .extracting(CommandLine::getUsageMessage)
        .allSatisfy(
            help -> assertThat(help).contains(" jdbc:postgresql://host/database;", ".commondata"));
  }

  @Test
  void theListOfCommandsCutsNoSentence() {
    assertThat(commands(Main.tree()))
        .filteredOn(line -> !line.getCommandSpec().usageMessage().hidden())
        .extracting(line -> line.getCommandSpec().usageMessage().description()[0])
        .allMatch(first -> first.endsWith("."));
  }

  @Test
  void aRemarkIsShownNotObeyed() {
    assertThat(run("file", "list", "--state", "\u001B[2J\u202E")).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).startsWith("--state \"\\x1B[2J\\u202E\" must be one of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"help", "version"})
  void namesTheOptionThatIsMeant(String word) {
    assertThat(run(word)).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString().lines()).contains("Did you mean: --" + word).hasSize(3);
  }

  @Test
  void namesAnOptionThatDoesNotExist() {
    assertThat(run("sql", "SELECT 1", "--nonsense")).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("'--nonsense'").contains("./commondata sql --help");
  }

  @Test
  void saysThatNothingListens() {
    int code = run("sql", "--db", "jdbc:postgresql://127.0.0.1:1/shop", "SELECT 1");

    assertThat(code).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void refusesAnAddressThatIsNotOfPostgres() {
    assertThat(run("--db", "mysql://root:secret@host/shop", "sql", "SELECT 1"))
        .isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("jdbc:postgresql:").doesNotContain("secret");
  }

  @Test
  void aHintFindsTheSameDatabaseAndJobsAndTellsNoPassword() {
    CliOptions options = new CliOptions();
    CommandLine line = new CommandLine(options);
    String hint = "Next: ./commondata lag, or ./commondata check. Help: ./commondata --help";

    assertThat(options.again(hint)).isEqualTo(hint);
    line.parseArgs("--home", "my $1");
    assertThat(options.again(hint))
        .isEqualTo(
            "Next: ./commondata --home 'my $1' lag, or ./commondata --home 'my $1' check. Help:"
                + " ./commondata --help");
    line.parseArgs(
        "--db", "jdbc:postgresql://me:secret@db:5432/shop?password=s3&sslPassword=s4&a=b");
    assertThat(options.again("./commondata lag"))
        .isEqualTo(
            "./commondata --db 'jdbc:postgresql://me:...@db:5432/shop?password=...&sslPassword=...&a=b'"
                + " lag");
    line.parseArgs("--home", "h", "--jobs", "my jobs");
    assertThat(options.again("./commondata lag"))
        .isEqualTo("./commondata --home h --jobs 'my jobs' lag");
  }

  @Test
  void saysHowToMakeADatabase() {
    assertThat(run("--home", directory.resolve("none").toString(), "sql", "SELECT 1"))
        .isEqualTo(ExitCode.UNAVAILABLE);

    assertThat(err.toString())
        .contains("no database")
        .contains("./commondata --home %s up or ".formatted(directory.resolve("none")));
    assertThat(directory.resolve("none")).doesNotExist();
  }

  @Test
  void examinesAnEmptyHome() {
    int code = run("doctor", "--home", directory.resolve("none").toString(), "--json");

    assertThat(code).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("\"check\" : \"java\"").contains("\"result\" : \"ok\"");
  }

  @Test
  void makesPasswordsOnce() throws Exception {
    Path secrets = directory.resolve("secrets");
    run("secrets", secrets.toString());
    String first = Files.readString(secrets.resolve("order_service"));

    assertThat(run("secrets", secrets.toString())).isEqualTo(ExitCode.OK);

    assertThat(Files.readString(secrets.resolve("order_service"))).isEqualTo(first);
    assertThat(out.toString()).doesNotContain(first.strip());
  }

  @Test
  void everyCommandPrintsItsHelp() {
    List<String> paths = paths(Main.tree());

    assertThat(paths).contains("", "up", "warm-up", "hospital edit").hasSizeGreaterThan(40);
    for (String path : paths) {
      for (String help : List.of("--help", "-h")) {
        StringWriter said = new StringWriter();
        StringWriter complained = new StringWriter();
        int code =
            Main.run(
                new PrintWriter(said, true),
                new PrintWriter(complained, true),
                (path + " " + help).strip().split(" "));

        assertThat(code).as(path).isEqualTo(ExitCode.OK);
        assertThat(said.toString())
            .as(path)
            .contains(("Usage: commondata " + path).strip())
            .contains("--help");
        assertThat(said.toString().contains("Begin with: ")).as(path).isEqualTo(path.isEmpty());
        assertThat(complained.toString()).as(path).isEmpty();
      }
    }
  }

  private static List<String> paths(CommandLine line) {
    String path = line.getCommandSpec().qualifiedName().replaceFirst("^commondata ?", "");
    List<String> paths = new ArrayList<>(List.of(path));
    line.getSubcommands().values().forEach(each -> paths.addAll(paths(each)));
    return paths;
  }

  @Test
  void refusesAPortThatIsNone() {
    assertThat(run("up", "--port", "70000")).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("--port 70000 must lie between 0 and 65535");
  }

  @Test
  void refusesAScriptWithoutAStatement() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.sql"), "-- nothing\n");

    assertThat(run("sql", "--login", "loyalty_service", "--file", empty.toString()))
        .isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("there is no SQL statement in the file");
  }

  @Test
  void refusesToDropWhatNoFeedTakes() throws Exception {
    for (String name : List.of("x.part", ".hidden", "y.TMP", "z\u0007.csv")) {
      Path file = Files.writeString(directory.resolve(name), "sku\n");

      for (String how : List.of("--wait", "--dry-run")) {
        assertThat(run("drop", file.toString(), "--feed", "catalog", how))
            .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
            .contains("No feed takes \"" + name.replace("\u0007", "\\x07") + "\": ");
      }
    }
  }

  @Test
  void aBadPropertyIsTheUsersToMend() {
    CommandLine line = Main.tree().setErr(new PrintWriter(err, true));
    Binder binder = new Binder(new MapConfigurationPropertySource(Map.of("server.port", "http")));
    BindException bad =
        catchThrowableOfType(BindException.class, () -> binder.bind("server.port", Integer.class));

    int code = Errors.execution(new IllegalStateException(bad), line, line.parseArgs("up"));

    assertThat(code).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .startsWith("server.port is \"http\"")
        .contains(": set a whole number.");
  }

  private int run(String... args) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
