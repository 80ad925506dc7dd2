package musiccorp.chaos;

import commondata.database.Database;
import commondata.database.GeneratedPasswords;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.fault.FaultPoint;
import commondata.feed.ExportPoll;
import commondata.feed.FeedPoll;
import commondata.feed.FileExport;
import commondata.home.Home;
import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.operate.Operate;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import commondata.subscription.Reading;
import commondata.subscription.Subscription;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import musiccorp.Service;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * A node under chaos: all services of MusicCorp, their feeds, the manifest job, an operator who
 * replays, and the two readers of the run; without REST, so that it starts fast and stays small. It
 * prints that it is ready, then how often each fault point was reached.
 */
final class NodeMain {

  private static final int POOL_SIZE = 5;
  private static final int BATCH_SIZE_MAX = 20;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final Duration COUNTING = Duration.ofMillis(500);
  private static final long DRAIN_MS = 8_000;

  private static final Map<FaultPoint, LongAdder> HITS = new EnumMap<>(FaultPoint.class);

  static {
    for (FaultPoint point : FaultPoint.values()) {
      HITS.put(point, new LongAdder());
    }
  }

  private NodeMain() {}

  /**
   * Arguments: name, database, home, the point at which to halt, or nothing, and whether effects
   * are written apart from their cursor.
   */
  public static void main(String[] args) throws InterruptedException {
    String name = args[0];
    Home home = new Home(Path.of(args[2]));
    String deadly = args[3];
    FaultPoint.hook(point -> reached(point, deadly));
    GeneratedPasswords passwords = new GeneratedPasswords(home.secrets());
    Database database = new Database(args[1], passwords, POOL_SIZE);
    Database aside = new Database(args[1], passwords, 1);
    Reading reading =
        new Reading(
            database,
            name,
            new EventCodec(),
            new Reading.Settings(BATCH_SIZE_MAX, 1, true, POLL_INTERVAL, POLL_INTERVAL));
    PollClock clock =
        new PollClock(
            name,
            polls(name, home, database, readers(name, database, aside, args), reading),
            POLL_INTERVAL,
            POLL_INTERVAL);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> drain(clock, reading, database), "drain"));
    clock.start();
    Supervised.endWithTheSupervisor();
    Supervised.say(Supervised.READY);
    while (true) {
      LockSupport.parkNanos(COUNTING.toNanos());
      sayHits();
    }
  }

  private static Readers readers(String name, Database database, Database aside, String[] args) {
    Login login = database.login(Readers.LOGIN);
    Login apart = aside.login(Readers.LOGIN);
    return new Readers(
        login, apart, Boolean.parseBoolean(args[4]) ? apart : login, new EventCodec(), name);
  }

  private static List<Poll> polls(
      String name, Home home, Database database, Readers readers, Reading reading) {
    EventCodec codec = new EventCodec();
    @SuppressWarnings("resource")
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context.registerBean(Database.class, () -> database);
    context.registerBean(EventCodec.class, () -> codec);
    context.registerBean(Home.class, () -> home);
    for (Service service : Service.values()) {
      service.configuration().ifPresent(context::register);
    }
    context.refresh();
    List<Subscription> subscriptions =
        new ArrayList<>(context.getBeansOfType(Subscription.class).values());
    subscriptions.addAll(readers.subscriptions());

    JobCatalog jobs = JobCatalog.packed();
    JobRunner runner = new JobRunner(jobs, database, new FileExport(database, home.drop()), name);
    Operate operate =
        new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
    List<Poll> polls = new ArrayList<>(context.getBeansOfType(Poll.class).values());
    polls.addAll(FeedPoll.all(jobs.all(), database, home.drop(), name, Clock.systemUTC()));
    polls.addAll(ExportPoll.all(jobs.all(), runner.exporter(), database, home.drop()));
    polls.add(new Chores.Manifest(runner));
    polls.add(new Chores.Carrier(home));
    polls.add(new Chores.Replays(operate));
    polls.addAll(reading.polls(subscriptions));
    return polls;
  }

  private static void reached(FaultPoint point, String deadly) {
    Objects.requireNonNull(HITS.get(point)).increment();
    if (point.label().equals(deadly)) {
      sayHits();
      Runtime.getRuntime().halt(NodeProcess.HALTED);
    }
  }

  private static synchronized void sayHits() {
    HITS.forEach(
        (point, hits) -> {
          long count = hits.sumThenReset();
          if (count > 0) {
            Supervised.say(Supervised.HIT + " " + point.label() + " " + count);
          }
        });
  }

  /** SIGTERM: what is under way is committed, for a while; then the connections close. */
  private static void drain(PollClock clock, Reading reading, Database database) {
    Thread closing = new Thread(clock::close, "close");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(DRAIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reading.leave();
    database.close();
    sayHits();
  }
}
