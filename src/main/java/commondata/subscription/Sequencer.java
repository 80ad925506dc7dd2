package commondata.subscription;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Asks the database to number what was committed since it last did ({@code commondata.stamp()}
 * tells how). A node does so with {@link #look}, which in the same statement says who has work; a
 * poller does so before it reads if nobody in this process has for a while. Thread-safe.
 *
 * <p>A crash here loses nothing: positions, heads and snapshot are one transaction, and any other
 * node stamps next time.
 */
public final class Sequencer {

  /** Login under which a node looks: it may stamp and see who has work, and nothing else. */
  public static final String LOGIN = "commondata_node";

  /** Channel on which processes hear that one of them has stamped, and which. */
  public static final String CHANNEL = "commondata_stamped";

  private static final long NANOS_A_MS = 1_000_000;

  private final Login login;
  private final long restNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long lastRound;

  /**
   * @param login {@link #LOGIN}, or a member of {@code commondata_service} where nobody looks
   * @param restMs how long {@link #stamp} rests after a round, in milliseconds
   */
  public Sequencer(Login login, long restMs) {
    this.login = login;
    this.restNanos = restMs * NANOS_A_MS;
    this.lastRound = System.nanoTime() - restNanos;
  }

  /**
   * What a look has seen.
   *
   * @param parts in how many a subscription has something, by name, if in any
   * @param rest whether something may be unnumbered still
   */
  record Look(Map<String, Integer> parts, Rest rest) {}

  /** What a look has left unnumbered. */
  enum Rest {
    NOTHING,
    /** It came while another session stamped. */
    WHAT_OTHERS_STAMP,
    /** It stamped a slice of a large round, and more are to come. */
    MORE_SLICES
  }

  /**
   * Numbers fresh events, a backlog slice by slice, each in a transaction of its own; returns how
   * many, 0 or less also if another thread or node is at it.
   */
  public long stamp() {
    if (System.nanoTime() - lastRound < restNanos || !lock.tryLock()) {
      return 0;
    }
    try {
      long stamped = round(this::stampOnce);
      long slice = stamped;
      while (slice > 0 && hasMoreSlices()) {
        slice = round(this::stampOnce);
        stamped += Math.max(0, slice);
      }
      return stamped;
    } finally {
      lock.unlock();
    }
  }

  private long stampOnce() {
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.stamp()
            """)
        .query(Long.class)
        .single();
  }

  private boolean hasMoreSlices() {
    return login
        .jdbc()
        .sql(
            """
            SELECT z.goal IS NOT NULL
            FROM commondata.sequencer AS z
            """)
        .query(Boolean.class)
        .single();
  }

  /**
   * Numbers fresh events, and says which subscriptions have something.
   *
   * @param sender what tells this process from others
   * @param notify whether to tell other nodes, when there were fresh events
   */
  Look look(Collection<String> subscriptions, String sender, boolean notify) {
    return round(() -> waiting(subscriptions, sender, notify, true));
  }

  /** The same, but numbers nothing: for who has heard that another node just did. */
  Look lookOnly(Collection<String> subscriptions) {
    return waiting(subscriptions, "", false, false);
  }

  private Look waiting(
      Collection<String> subscriptions, String sender, boolean notify, boolean stamp) {
    return login
        .jdbc()
        .sql(
            """
            SELECT subscription, parts
            FROM commondata.look(:subscriptions, :sender, :notify, :stamp)
            """)
        .param("subscriptions", subscriptions.toArray(String[]::new), Types.ARRAY)
        .param("sender", sender)
        .param("notify", notify)
        .param("stamp", stamp)
        .query(Sequencer::seen);
  }

  private static Look seen(ResultSet rows) throws SQLException {
    Map<String, Integer> parts = new HashMap<>();
    Rest rest = Rest.NOTHING;
    while (rows.next()) {
      String subscription = rows.getString("subscription");
      int count = rows.getInt("parts");
      if (subscription == null) {
        rest = count > 0 ? Rest.MORE_SLICES : Rest.WHAT_OTHERS_STAMP;
      } else {
        parts.put(subscription, count);
      }
    }
    return new Look(parts, rest);
  }

  private <T> T round(Supplier<T> work) {
    FaultPoint.STAMP_BEGUN.reached();
    T result = work.get();
    FaultPoint.STAMP_DONE.reached();
    lastRound = System.nanoTime();
    return result;
  }
}
