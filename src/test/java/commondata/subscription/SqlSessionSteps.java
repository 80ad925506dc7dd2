package commondata.subscription;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Programs that speak nothing but SQL, each a session that may end. */
abstract class SqlSessionSteps {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  final TestReader reader = new TestReader(DATABASE);

  /** How a client's session ends. */
  @FunctionalInterface
  interface Deed {
    void happen(Connection client) throws SQLException;
  }

  static void drop(Connection client) throws SQLException {
    client.abort(Runnable::run);
  }

  /** Starts client after client until one comes to the end; returns how many died. */
  int deathsUntilQuiet(String killer, Deed deed) throws SQLException {
    for (int deaths = 0; deaths < 20; deaths++) {
      reader.later();
      if (!dies(killer, deed)) {
        return deaths;
      }
    }
    throw new AssertionError("it kills and kills");
  }

  /** A client that works until there is nothing, or until it meets what ends it. */
  boolean dies(String killer, Deed deed) throws SQLException {
    Connection client = connect();
    long pid = pid(client);
    while (begin(client) || !reader.parkedKeys().isEmpty()) {
      List<String> events = take(client);
      if (events.contains(killer)) {
        deed.happen(client);
        awaitEndOf(pid);
        return true;
      }
      finish(client, events);
      reader.later();
    }
    client.close();
    return false;
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(DATABASE.url(), TestReader.LOGIN, DATABASE.password());
  }

  boolean begin(Connection client) throws SQLException {
    client.setAutoCommit(true);
    return ask(client, "SELECT commondata.begin_batch('%s')".formatted(reader.name()))
        .contains("t");
  }

  List<String> take(Connection client) throws SQLException {
    return take(client, 10);
  }

  List<String> take(Connection client, int limit) throws SQLException {
    client.setAutoCommit(false);
    return ask(
        client,
        "SELECT b.payload #>> '{}' FROM commondata.take_batch('%s', %d) AS b"
            .formatted(reader.name(), limit));
  }

  List<String> takeAndFinish(Connection client) throws SQLException {
    List<String> events = take(client);
    finish(client, events);
    return events;
  }

  void finish(Connection client, List<String> events) throws SQLException {
    for (String event : events) {
      ask(
          client,
          "INSERT INTO fraud.effect (subscription, what) VALUES ('%s', '%s') RETURNING what"
              .formatted(reader.name(), event));
    }
    ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
    client.commit();
  }

  static List<String> ask(Connection client, String sql) throws SQLException {
    try (Statement statement = client.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> first = new ArrayList<>();
      while (rows.next()) {
        first.add(rows.getString(1));
      }
      return first;
    }
  }

  static long pid(Connection client) throws SQLException {
    return Long.parseLong(ask(client, "SELECT pg_backend_pid()").get(0));
  }

  /** A session is there for a while after its client is gone. */
  void awaitEndOf(long pid) {
    await()
        .until(
            () ->
                reader.number(
                        "SELECT count(*) FROM pg_stat_activity WHERE :name <> '' AND pid = " + pid)
                    == 0);
  }
}
