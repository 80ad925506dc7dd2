package testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A small isolation tester: named sessions of named steps, run in every order that keeps the order
 * of each session, as PostgreSQL tests itself.
 *
 * <pre>{@code
 * Interleaving.of(DATABASE)
 *     .before(this::oneEvent)
 *     .session("a", "order_service", step("claim", this::claim), step("commit", COMMIT))
 *     .session("b", "order_service", step("claim", this::claim), step("commit", COMMIT))
 *     .after(this::assertHandledOnce)
 *     .runAll();
 * }</pre>
 *
 * <p>Whether a step waits for a lock, the server says ({@code pg_blocking_pids}). A step that waits
 * is left alone; the steps of its session that would come next are run as soon as it ends. A step
 * that fails is written down with its SQLSTATE, and the session goes on, as a client would.
 */
public final class Interleaving {

  /** Ends a session's transaction. */
  public static final Step COMMIT = ScriptedSession::commit;

  /** Ends a session's transaction without effect. */
  public static final Step ROLLBACK = ScriptedSession::rollback;

  private static final long LOOK_MS = 2;
  private static final int LOOKS_MAX = 5_000;

  /** What a session does at once. */
  @FunctionalInterface
  public interface Step {
    void run(ScriptedSession session) throws SQLException;
  }

  /** A step and what reports call it. */
  public record Named(String name, Step step) {}

  /** Checks what one order has come to. */
  @FunctionalInterface
  public interface Check {

    /**
     * Throws if something is wrong.
     *
     * @param happened what was done, in order: {@code a.claim}, {@code b.claim waits}, {@code
     *     b.claim 40P01}
     */
    void check(List<String> happened) throws SQLException;
  }

  private record Script(String name, String login, List<Named> steps) {}

  private final TestDatabase database;
  private final List<Script> scripts = new ArrayList<>();
  private Runnable before = () -> {};
  private Check after = happened -> {};

  private Interleaving(TestDatabase database) {
    this.database = database;
  }

  public static Interleaving of(TestDatabase database) {
    return new Interleaving(database);
  }

  public static Named step(String name, Step step) {
    return new Named(name, step);
  }

  /** Does this before each order. */
  public Interleaving before(Runnable work) {
    before = work;
    return this;
  }

  /** Adds a session of that login; its transaction begins with its first step. */
  public Interleaving session(String name, String login, Named... steps) {
    scripts.add(new Script(name, login, List.of(steps)));
    return this;
  }

  /** Checks this after each order, when no session has anything open. */
  public Interleaving after(Check check) {
    after = check;
    return this;
  }

  /** Runs every order; returns how many there were. */
  public int runAll() {
    List<String> steps = new ArrayList<>();
    scripts.forEach(script -> script.steps.forEach(step -> steps.add(script.name)));
    List<List<String>> orders = new ArrayList<>();
    permute(new ArrayDeque<>(), counts(steps), steps.size(), orders);
    run(orders);
    return orders.size();
  }

  /** Runs one order, given by the sessions' names in turn. */
  public void run(String... sessions) {
    run(List.of(Arrays.asList(sessions)));
  }

  private static Map<String, Integer> counts(List<String> steps) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    steps.forEach(name -> counts.merge(name, 1, Integer::sum));
    return counts;
  }

  private static void permute(
      Deque<String> chosen, Map<String, Integer> left, int toGo, List<List<String>> orders) {
    if (toGo == 0) {
      orders.add(List.copyOf(chosen));
      return;
    }
    for (String session : List.copyOf(left.keySet())) {
      int steps = Objects.requireNonNull(left.get(session));
      if (steps > 0) {
        left.put(session, steps - 1);
        chosen.addLast(session);
        permute(chosen, left, toGo - 1, orders);
        chosen.removeLast();
        left.put(session, steps);
      }
    }
  }

  private void run(List<List<String>> orders) {
    Map<String, ScriptedSession> sessions = new LinkedHashMap<>();
    try (Connection monitor = connect(TestServers.OWNER)) {
      try {
        for (Script script : scripts) {
          sessions.put(script.name, new ScriptedSession(script.name, connect(script.login)));
        }
        for (List<String> order : orders) {
          new Run(sessions, monitor, order).go();
        }
      } finally {
        for (ScriptedSession session : sessions.values()) {
          session.close();
        }
      }
    } catch (SQLException e) {
      throw new AssertionError("the isolation tester itself failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private Connection connect(String login) throws SQLException {
    return DriverManager.getConnection(database.url(), login, database.password());
  }

  /** One order. */
  private final class Run {

    private final Map<String, ScriptedSession> sessions;
    private final Connection monitor;
    private final List<String> order;
    private final Map<String, Deque<Named>> toGo = new HashMap<>();
    private final Map<String, Integer> due = new HashMap<>();
    private final Map<String, String> current = new HashMap<>();
    private final List<String> happened = new ArrayList<>();

    Run(Map<String, ScriptedSession> sessions, Connection monitor, List<String> order) {
      this.sessions = sessions;
      this.monitor = monitor;
      this.order = order;
      scripts.forEach(script -> toGo.put(script.name, new ArrayDeque<>(script.steps)));
    }

    void go() throws SQLException, InterruptedException {
      before.run();
      for (ScriptedSession session : sessions.values()) {
        session.begin();
      }
      try {
        for (String name : order) {
          due.merge(name, 1, Integer::sum);
          advance();
        }
        for (int look = 0; due.values().stream().anyMatch(steps -> steps > 0); look++) {
          if (look == LOOKS_MAX) {
            throw new AssertionError("sessions wait for each other for ever");
          }
          advance();
        }
        awaitAll();
        for (ScriptedSession session : sessions.values()) {
          session.begin();
        }
        after.check(happened);
      } catch (AssertionError e) {
        throw new AssertionError("in the order %s: %s".formatted(happened, e.getMessage()), e);
      }
    }

    /** Runs what is due in sessions that do not wait, until nothing more can be done. */
    private void advance() throws SQLException, InterruptedException {
      boolean moved = true;
      while (moved) {
        moved = false;
        for (ScriptedSession session : sessions.values()) {
          moved |= settleUnlessBlocked(session);
          int steps = due.getOrDefault(session.name(), 0);
          if (steps > 0 && !session.isUnderWay()) {
            due.put(session.name(), steps - 1);
            Named next = Objects.requireNonNull(toGo.get(session.name())).removeFirst();
            current.put(session.name(), session.name() + "." + next.name);
            session.begin(next.step);
            awaitOrWaits(session);
            moved = true;
          }
        }
      }
    }

    private void awaitOrWaits(ScriptedSession session) throws SQLException, InterruptedException {
      if (!settleUnlessBlocked(session)) {
        happened.add(current.get(session.name()) + " waits");
      }
    }

    /** Waits for the step under way to end; false if there is none, or it waits for a lock. */
    private boolean settleUnlessBlocked(ScriptedSession session)
        throws SQLException, InterruptedException {
      for (int look = 0; look < LOOKS_MAX; look++) {
        if (settle(session)) {
          return true;
        }
        if (!session.isUnderWay() || isBlocked(session)) {
          return false;
        }
      }
      throw new AssertionError(current.get(session.name()) + " neither ends nor waits for a lock");
    }

    /** Notes the end of the session's step, if it has ended. */
    private boolean settle(ScriptedSession session) throws InterruptedException {
      if (!session.isUnderWay()) {
        return false;
      }
      String ended = session.ended(LOOK_MS);
      if (ended != null) {
        happened.add((current.get(session.name()) + " " + ended).strip());
      }
      return ended != null;
    }

    private void awaitAll() throws InterruptedException {
      for (int look = 0; sessions.values().stream().anyMatch(ScriptedSession::isUnderWay); look++) {
        if (look == LOOKS_MAX) {
          throw new AssertionError("a session still waits at the end");
        }
        for (ScriptedSession session : sessions.values()) {
          settle(session);
        }
      }
    }

    private boolean isBlocked(ScriptedSession session) throws SQLException {
      try (PreparedStatement statement =
          monitor.prepareStatement("SELECT cardinality(pg_blocking_pids(?)) > 0")) {
        statement.setInt(1, session.pid());
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          return row.getBoolean(1);
        }
      }
    }
  }
}
