package musiccorp.chaos;

import commondata.fault.DeliveryCheck;
import commondata.fault.DeliveryCheck.Numbered;
import commondata.operate.CheckReport;
import commondata.operate.Invariant;
import commondata.operate.Operate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import musiccorp.order.PlaceResult;

/** After the faults: waits until everything is through, and says what is wrong then. */
final class Verdict {

  private static final int SAMPLE = 3;

  /** Far above the attempts of an event and what outages may add to them. */
  private static final int MET_MAX = 50;

  private static final int QUIET_LOOKS = 3;
  private static final long LOOK_NANOS = 50_000_000;

  private final Rig rig;
  private final Workload workload;
  private final Operate operate;
  private final long drainSeconds;
  private final List<String> complaints = new ArrayList<>();

  Verdict(Rig rig, Workload workload, long drainSeconds) {
    this.rig = rig;
    this.workload = workload;
    this.drainSeconds = drainSeconds;
    this.operate =
        new Operate(rig.direct().login(Operate.READER), () -> rig.direct().login(Operate.OPERATOR));
  }

  /**
   * How much was looked at: a verdict on nothing is none.
   *
   * @param effects of the events, in three readers
   * @param entries of loyalty, one a payment
   */
  record Population(long events, long effects, long orders, long entries, int invariants) {

    private static final int EVENTS_MIN = 20;
    private static final int INVARIANTS_MIN = 20;

    /** Whether so much was looked at that finding nothing means something. */
    boolean isEnough() {
      return events >= EVENTS_MIN
          && effects >= EVENTS_MIN
          && orders > 0
          && entries > 0
          && invariants >= INVARIANTS_MIN;
    }
  }

  /** Everything that is wrong, empty if nothing is. */
  List<String> complaints() {
    return complaints;
  }

  /** Mends the handlers, asks again for what is unknown, drains, and checks. */
  Population reach() throws SQLException {
    rig.server().execute("INSERT INTO chaos.mended (mended_at) VALUES (clock_timestamp())");
    resolveOrders();
    if (!isDrained()) {
      complaints.add("nothing has moved for %d s; what stands still:".formatted(drainSeconds));
      complaints.addAll(standstill());
    }
    rig.server().execute("DELETE FROM chaos.mended");
    List<Numbered> published = published();
    checkAcks();
    checkAttempts();
    long effects =
        checkEffects(published, Readers.HOLD)
            + checkEffects(published, Readers.FLOW)
            + checkEffects(published, Readers.SQL);
    LoyaltyBooks loyalty = new LoyaltyBooks(rig.server());
    complaints.addAll(loyalty.complaints());
    CheckReport report = operate.check(SAMPLE);
    for (Invariant invariant : report.invariants()) {
      if (invariant.violations() > 0) {
        complaints.add(
            "invariant %s: %d rows, such as %s"
                .formatted(invariant.name(), invariant.violations(), invariant.offending()));
      }
    }
    return new Population(
        published.size(),
        effects,
        workload.orders.all().size(),
        loyalty.entries(),
        report.invariants().size());
  }

  /**
   * An order of unknown outcome is placed again under its id; one that was acknowledged is there.
   */
  private void resolveOrders() {
    Set<String> acknowledged = workload.orders.requests(AckLog.Outcome.OK);
    for (String request : workload.orders.unresolved()) {
      PlaceResult result = workload.place(request);
      if (acknowledged.contains(request) && !(result instanceof PlaceResult.AlreadyPlaced)) {
        complaints.add("order %s was acknowledged and is gone: %s".formatted(request, result));
      }
      workload.orders.resolved(request);
    }
  }

  /** Whether all is through; not, when nothing has become less for some time. */
  private boolean isDrained() throws SQLException {
    long least = Long.MAX_VALUE;
    int quiet = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(drainSeconds);
    while (quiet < QUIET_LOOKS && System.nanoTime() < end) {
      long left = left();
      quiet = left == 0 ? quiet + 1 : 0;
      if (left < least) {
        least = left;
        end = System.nanoTime() + TimeUnit.SECONDS.toNanos(drainSeconds);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return quiet == QUIET_LOOKS;
  }

  /** What waits, is parked or dead; what had no position yet is given one here. */
  private long left() throws SQLException {
    return rig.server().number("SELECT commondata.stamp()")
        + operate.lag().stream().mapToLong(lag -> lag.waiting() + lag.parked() + lag.dead()).sum();
  }

  /** Cursors, locks and the oldest transactions, each a line. */
  private List<String> standstill() throws SQLException {
    List<String> lines = new ArrayList<>();
    operate.lag().forEach(lag -> lines.add("  " + lag));
    lines.addAll(
        rig.server()
            .lines(
                """
            SELECT format(
                '  session %s of %s: %s since %s, waits for %s: %s',
                a.pid, a.usename, a.state, a.xact_start, pg_blocking_pids(a.pid), left(a.query, 80))
            FROM pg_stat_activity AS a
            WHERE a.datname = 'commondata'
              AND a.xact_start IS NOT NULL
              AND a.pid <> pg_backend_pid()
            ORDER BY a.xact_start
            """));
    lines.addAll(
        rig.server()
            .lines(
                "SELECT format('  sequencer at %s', s.snapshot) FROM commondata.sequencer AS s"));
    for (int place = 0; place < Rig.NODES; place++) {
      try {
        rig.node(place).signal("QUIT");
      } catch (java.io.IOException e) {
        lines.add("  node %s tells nothing: %s".formatted(rig.node(place).name(), e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    lines.add("  the nodes have written their threads into " + rig.home().logs());
    return lines;
  }

  private void checkAcks() throws SQLException {
    Set<String> stored =
        new HashSet<>(rig.server().lines("SELECT p.request FROM chaos.published AS p"));
    for (String request : workload.events.requests(AckLog.Outcome.OK)) {
      if (!stored.contains(request)) {
        complaints.add("acknowledged and lost: " + request);
      }
    }
    for (String request : workload.events.requests(AckLog.Outcome.FAILED)) {
      if (stored.contains(request)) {
        complaints.add("refused and stored all the same: " + request);
      }
    }
    stored.removeAll(workload.events.all());
    stored.forEach(request -> complaints.add("stored and never asked for: " + request));
  }

  /** Attempts that are counted come to an end: what fails on and on becomes a dead letter. */
  private void checkAttempts() throws SQLException {
    complaints.addAll(
        rig.server()
            .lines(
                """
            SELECT format(
                'event %%s of key "%%s" was met %%s times and never became a dead letter',
                m.n, m.key, count(*))
            FROM chaos.met AS m
            WHERE NOT EXISTS (
                SELECT FROM commondata.dead_letter AS d
                WHERE d.subscription = '%s'
                  AND d.key = m.key
                  AND (d.payload ->> 'n')::bigint = m.n
            )
            GROUP BY
                m.key,
                m.n
            HAVING count(*) > %d
            ORDER BY count(*) DESC
            LIMIT %d
            """
                    .formatted(Readers.HOLD, MET_MAX, SAMPLE)));
  }

  private List<Numbered> published() throws SQLException {
    return numbered("SELECT p.key || ' ' || p.n FROM chaos.published AS p");
  }

  private long checkEffects(List<Numbered> published, String subscription) throws SQLException {
    List<Numbered> effects =
        numbered(
            "SELECT e.key || ' ' || e.n FROM chaos.effect AS e WHERE e.subscription = '%s' ORDER BY e.position"
                .formatted(subscription));
    for (String complaint : DeliveryCheck.complaints(published, effects)) {
      complaints.add(subscription + ": " + complaint);
    }
    return effects.size();
  }

  private List<Numbered> numbered(String sql) throws SQLException {
    List<Numbered> numbered = new ArrayList<>();
    for (String line : rig.server().lines(sql)) {
      String[] fields = line.split(" ", -1);
      numbered.add(new Numbered(fields[0], Long.parseLong(fields[1])));
    }
    return numbered;
  }
}
