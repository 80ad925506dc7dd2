package commondata.subscription;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What a worker writes down before it works, so that others can tell what became of it.
 *
 * <p>An event may kill the process that handles it: the transaction is undone, the lock is free,
 * and the next process takes the same event. To break that chain, a worker marks a part in a
 * transaction of its own the first time it takes it ({@code commondata.mark_work}). A mark that
 * somebody else left where the cursor still stands says that he began there and did not come back:
 * the events are then done one by one, each with a mark of its own, so that the next crash names
 * one event. That one is parked, and counted like any other failure, and its retries are marked,
 * too ({@code begin_retry}): it kills two or three processes, then one at each further attempt, and
 * at last is a dead letter. An event that has failed otherwise is convicted by the second death.
 *
 * <p>A process may live through what should have ended it, such as memory that ran out in a
 * handler. Its worker then counts as dead, too, and goes on under another name: else the same event
 * would come to it for ever, and never be counted.
 *
 * <p>What it costs: a process that runs has marked its parts long since and writes nothing; so a
 * crash in the midst of its work leaves no mark, but each process that follows is new here, and
 * leaves one. A crash at any step leaves a mark too much or too little, and never undoes work:
 * marks only decide how carefully events are taken. A process that is told to end, and ends before
 * a slow handler does, takes its marks back ({@link Reading#leave}): else each restart would count
 * as a death.
 */
final class Marks {

  /** What is known when work begins. */
  sealed interface Mark {}

  /** Go on: nobody ended here. */
  record Begun() implements Mark {}

  /** So many ended here: go one by one. */
  record Crashed(int times) implements Mark {}

  /** The event at that position killed so many; that has been counted, and became this. */
  record Killer(long seq, int times, String became) implements Mark {}

  /** Another worker has the part. */
  record Taken() implements Mark {}

  private static final Logger LOG = LoggerFactory.getLogger(Marks.class);

  private final Login login;
  private final String subscription;
  private final String node;
  private volatile String worker;
  private final Set<Integer> marked = new HashSet<>();
  private volatile boolean hasSurvived;
  private volatile boolean isLeaving;

  Marks(Login login, String subscription, String node) {
    this.login = login;
    this.subscription = subscription;
    this.node = node;
    this.worker = newWorker();
  }

  private String newWorker() {
    return node + "/" + UUID.randomUUID();
  }

  /** Name of this worker: another one after each start, and after each death. */
  String worker() {
    return worker;
  }

  boolean isMarked(int part) {
    return marked.contains(part);
  }

  /** Once its process ends, a worker marks nothing more, and has no part. */
  Mark mark(int part, int events, int crashes) {
    return isLeaving ? new Taken() : mark(worker, part, events, crashes);
  }

  /** Leaves a mark for a thread that never comes back, as if its process had ended. */
  void markLost(int part, int events) {
    mark(worker + "/lost-" + UUID.randomUUID(), part, events, 0);
  }

  private Mark mark(String as, int part, int events, int crashes) {
    Mark mark =
        login
            .jdbc()
            .sql(
                """
                SELECT m.crash_count, m.killer, m.became
                FROM commondata.mark_work(
                    :subscription,
                    :part,
                    :worker,
                    :event_count,
                    :crash_count,
                    :node
                ) AS m
                """)
            .param("subscription", subscription)
            .param("part", part)
            .param("worker", as)
            .param("event_count", events)
            .param("crash_count", crashes)
            .param("node", node)
            .query((row, n) -> markIn(row))
            .optional()
            .orElse(new Taken());
    if (!(mark instanceof Taken)) {
      marked.add(part);
    }
    FaultPoint.WORK_MARKED.reached();
    return mark;
  }

  private static Mark markIn(ResultSet row) throws SQLException {
    int crashes = row.getInt("crash_count");
    Long killer = row.getObject("killer", Long.class);
    if (killer != null) {
      return new Killer(killer, crashes, row.getString("became"));
    }
    return crashes == 0 ? new Begun() : new Crashed(crashes);
  }

  /**
   * An outage, or another exception, has ended a poll, and this worker is still there: its marks
   * must not be taken for a crash. They go before it rests: others work meanwhile, and would count
   * a death for each worker that rests.
   *
   * @return whether they are gone; if not, that is tried again before the next poll
   */
  boolean survived() {
    if (hasSurvived) {
      // That is what the poll has failed at.
      return false;
    }
    hasSurvived = true;
    try {
      withdrawIfSurvived();
    } catch (DataAccessException e) {
      LOG.debug("{}: marks stay until the next poll: {}", subscription, e.getMessage());
    }
    return !hasSurvived;
  }

  /**
   * What ends a virtual machine has ended a poll, and the machine is still there. Who goes on is
   * another worker: the marks of this one stay, and tell what they would tell of a process.
   */
  void died() {
    worker = newWorker();
    marked.clear();
  }

  void withdrawIfSurvived() {
    if (hasSurvived) {
      withdraw();
      hasSurvived = false;
    }
  }

  /** Whether an outage has ended its last poll and keeps its marks there until the next one. */
  boolean hasSurvived() {
    return hasSurvived;
  }

  /** This worker has not begun what it said, or has survived it. */
  void withdraw() {
    withdraw(login.jdbc());
    marked.clear();
  }

  /** Its process is told to end: that is no death. Called by another thread than its own. */
  void leave(JdbcClient apart) {
    isLeaving = true;
    withdraw(apart);
  }

  private void withdraw(JdbcClient jdbc) {
    jdbc.sql(
            """
            SELECT commondata.withdraw_marks(:subscription, :worker)
            """)
        .param("subscription", subscription)
        .param("worker", worker)
        .query((row, n) -> true)
        .single();
  }
}
