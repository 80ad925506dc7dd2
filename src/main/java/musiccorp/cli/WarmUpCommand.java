package musiccorp.cli;

import commondata.database.Connections;
import commondata.database.Database;
import commondata.database.Migrator;
import commondata.embedded.EmbeddedPostgres;
import commondata.home.SetupException;
import commondata.operate.Operate;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import musiccorp.MusicCorp;
import picocli.CommandLine.Command;

/**
 * Touches what commands and nodes commonly use, so that Java can write an archive of these classes
 * at its exit. Run by the launcher after a build; reaches no server, changes nothing.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand extends CliCommand {

  private static final String NOWHERE = "jdbc:postgresql://127.0.0.1:1/nowhere";

  @Override
  public Integer call() throws ReflectiveOperationException {
    PrintWriter nothing = new PrintWriter(new StringWriter());
    Rows rows = new Rows("someName", "at").add(1, Instant.EPOCH);
    new Table(rows, Table.class.getName().length()).print(nothing);
    Json.print(nothing, rows.objects());
    Json.parsed("{}");
    spec().root().commandLine().getHelp().fullSynopsis();
    for (Class<?> type : List.of(EmbeddedPostgres.class, Migrator.class, Session.class)) {
      Class.forName(type.getName());
    }
    connectInVain();
    MusicCorp.warmUp();
    return ExitCode.OK;
  }

  private static void connectInVain() {
    try (Database database = new Database(NOWHERE, login -> "none", 1)) {
      database.login(Operate.READER).jdbc().sql("SELECT :one").params(Map.of("one", 1));
      Connections.open(NOWHERE, Operate.READER, login -> "none").close();
    } catch (SetupException | SQLException e) {
      // As it must be: nothing listens there.
    }
  }
}
