package musiccorp.chaos;

import commondata.database.GeneratedPasswords;
import commondata.database.Passwords;
import commondata.home.Home;
import commondata.job.SqlScript;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The program of the SQL services under chaos: MusicCorp's loyalty, and the run's own third reader
 * of {@code chaos.done}. Each has sessions of its own and is nothing but its SQL file.
 */
final class ClientMain {

  private ClientMain() {}

  /** Arguments: name, database, home. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String url = args[1] + "&ApplicationName=" + args[0];
    Passwords passwords = new GeneratedPasswords(new Home(Path.of(args[2])).secrets());
    SqlScript loyalty = SqlService.packed("sql-services/loyalty/service.sql");
    SqlScript reader = SqlService.packed("chaos/reader.sql");
    List<Thread> sessions =
        List.of(
            new Thread(new SqlService(url, SqlService.LOYALTY, passwords, loyalty)::runForEver),
            new Thread(new SqlService(url, Readers.LOGIN, passwords, reader)::runForEver),
            new Thread(new SqlService(url, Readers.LOGIN, passwords, reader)::runForEver));
    Supervised.endWithTheSupervisor();
    sessions.forEach(Thread::start);
    Supervised.say(Supervised.READY);
    for (Thread session : sessions) {
      session.join();
    }
  }
}
