package commondata.subscription;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.List;

/**
 * A process that reads one subscription until there is nothing to do, and is killed by every event
 * whose payload says so: {@code k1} at once, {@code x1} in order, as SIGTERM does.
 */
final class KillerProcess {

  private static final int KILLED = 137;
  private static final int QUIET_POLLS = 5;

  private KillerProcess() {}

  /** Takes the database's address, the password of every login, and the subscription's name. */
  public static void main(String[] args) {
    try (Database database = new Database(args[0], login -> args[1], 4)) {
      Login login = database.login(TestReader.LOGIN);
      Subscription subscription =
          Subscription.named(args[2])
              .login(TestReader.LOGIN)
              .onBatch(events -> handle(login, args[2], events))
              .build();
      Reading reading = reading(database);
      Runtime.getRuntime().addShutdownHook(new Thread(reading::leave));
      List<Poll> polls = reading.polls(List.of(subscription));
      for (int quiet = 0; quiet < QUIET_POLLS; ) {
        quiet = polls.stream().filter(Poll::pollOnce).count() > 0 ? 0 : quiet + 1;
      }
    }
  }

  private static Reading reading(Database database) {
    return new Reading(
        database,
        "process",
        new EventCodec(),
        new Reading.Settings(10, 1, false, Duration.ZERO, Duration.ZERO));
  }

  private static void handle(Login login, String name, List<Event> events) {
    for (Event event : events) {
      String what = event.payload().replace("\"", "");
      if (what.startsWith("k")) {
        Runtime.getRuntime().halt(KILLED);
      } else if (what.startsWith("x")) {
        System.exit(KILLED);
      }
      login
          .jdbc()
          .sql("INSERT INTO fraud.effect (subscription, what) VALUES (:name, :what)")
          .param("name", name)
          .param("what", what)
          .update();
    }
  }
}
