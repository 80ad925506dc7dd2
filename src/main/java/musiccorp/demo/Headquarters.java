package musiccorp.demo;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.feed.FileExport;
import commondata.home.Home;
import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import commondata.operate.CheckReport;
import commondata.operate.Invariant;
import commondata.operate.Operate;
import java.net.URI;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import musiccorp.MusicCorp;
import musiccorp.payment.HeldPayment;
import musiccorp.payment.HeldPayments;

/** The company on a database and in a home, with REST at some node of it. */
final class Headquarters implements Company {

  private static final String OPERATOR = "demo operator";
  private static final long BUSY_MILLIS = 250;
  private static final int BUSY_TRIES = 240;
  private static final int SAMPLE = 50;

  /** Jobs run by the clock all the time, and events may wait for readers that are not its own. */
  private static final Set<String> OTHERS = Set.of("run", "event");

  private final Home home;
  private final URI rest;
  private final Books books;
  private final Headway headway;
  private final Operate operate;
  private final HeldPayments held;
  private final JobRunner jobs;

  /**
   * @param node one of its own; where its REST is
   */
  Headquarters(Database database, Home home, JobCatalog catalog, MusicCorp node) {
    this.home = home;
    this.rest = URI.create("http://127.0.0.1:" + node.port());
    Login reader = database.bulkLogin(Operate.READER);
    this.books = new Books(reader);
    this.headway = new Headway(reader, node.subscriptions());
    this.operate = new Operate(reader, () -> database.login(Operate.OPERATOR));
    this.held = new HeldPayments(database.login("payment_service"), new EventCodec());
    this.jobs =
        new JobRunner(
            catalog,
            database,
            new FileExport(database, home.drop()),
            "demo-" + ProcessHandle.current().pid());
  }

  @Override
  public Path home() {
    return home.path();
  }

  @Override
  public Path drop() {
    return home.drop();
  }

  @Override
  public URI rest() {
    return rest;
  }

  @Override
  public Books books() {
    return books;
  }

  @Override
  public Headway headway() {
    return headway;
  }

  @Override
  public List<String> heldPayments() {
    return held.list().stream().map(HeldPayment::orderId).toList();
  }

  @Override
  public void releasePayment(String orderId) {
    held.release(orderId, OPERATOR);
  }

  @Override
  public void refusePayment(String orderId, String reason) {
    held.refuse(orderId, OPERATOR, reason);
  }

  @Override
  public int runJob(String job, LocalDate businessDate) {
    for (int n = 1; ; n++) {
      RunResult result = jobs.run(job, businessDate, StartedBy.HAND, Map.of());
      if (result instanceof RunResult.Finished finished) {
        return finished.exitCode();
      }
      if (!(result instanceof RunResult.AlreadyRunning)) {
        throw DemoException.failed("job \"%s\" can't be run: %s".formatted(job, result));
      }
      if (n == BUSY_TRIES) {
        throw DemoException.unsettled(
            "job \"%s\" is running elsewhere and does not end".formatted(job));
      }
      Pause.millis(BUSY_MILLIS);
    }
  }

  @Override
  public Check check() {
    CheckReport report = operate.check(SAMPLE);
    boolean undecided =
        headway.isBehind()
            || report.unsettled().stream().anyMatch(work -> !OTHERS.contains(work.what()));
    List<String> broken =
        report.invariants().stream()
            .filter(invariant -> invariant.violations() > 0)
            .map(Invariant::name)
            .toList();
    return new Check(report.invariants().size(), report.violations(), undecided, broken);
  }
}
