package musiccorp.demo;

import commondata.job.Plural;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Waits until nothing is on its way any more. How long depends on the company, not on the clock: it
 * gives up when nothing has moved for a while, and in any case after a bound that grows with the
 * orders.
 */
final class Settlement {

  private static final long LOOK_MILLIS = 200;
  private static final long STANDSTILL_NANOS = 120_000_000_000L;
  private static final long STANDSTILL_DEAD_NANOS = 15_000_000_000L;
  private static final long BOUND_NANOS = 180_000_000_000L;
  private static final long BOUND_NANOS_AN_ORDER = 100_000_000L;
  private static final List<String> FEEDS =
      List.of("catalog", "customers", "store-orders", "bank-returns", "carrier-tracking");

  private final Company company;
  private final Story story;
  private final DropBox drop;
  private final World world;
  private final Progress progress;

  Settlement(Company company, Story story, DropBox drop, World world, Progress progress) {
    this.company = company;
    this.story = story;
    this.drop = drop;
    this.world = world;
    this.progress = progress;
  }

  /** Where everything stands: the database's side and the drop directory's. */
  private record Look(Headway.State headway, int files, int manifests) {

    boolean isQuiet() {
      return headway.open() == 0
          && headway.held() == 0
          && headway.waiting() == 0
          && headway.parked() == 0
          && headway.claimed() == 0
          && headway.running() == 0
          && headway.mails() == 0
          && files == 0
          && manifests == 0;
    }
  }

  /**
   * Returns when everything is quiet in two looks on end.
   *
   * @throws DemoException with what is stuck if it never is
   */
  void await() {
    long start = System.nanoTime();
    long bound = BOUND_NANOS + story.planned().orders() * BOUND_NANOS_AN_ORDER;
    long lastMove = start;
    Look before = null;
    String trouble = "";
    while (true) {
      Look now = null;
      try {
        now = look();
      } catch (org.springframework.dao.DataAccessException e) {
        trouble = "the database is away: " + e.getMostSpecificCause().getMessage();
        progress.show(trouble);
      }
      if (now != null) {
        trouble = "";
        if (now.isQuiet() && now.equals(before)) {
          return;
        }
        progress.show(describe(now));
      }
      if (now != null && !now.equals(before)) {
        lastMove = System.nanoTime();
        before = now;
      }
      long time = System.nanoTime();
      if (time - lastMove > standstill(before) || time - start > bound) {
        throw stuck(before, trouble, (time - start) / 1e9);
      }
      Pause.millis(LOOK_MILLIS);
    }
  }

  /** A dead letter waits for a person: nothing is going to happen by itself. */
  private static long standstill(@Nullable Look look) {
    return look != null && look.headway().dead() > 0 ? STANDSTILL_DEAD_NANOS : STANDSTILL_NANOS;
  }

  private Look look() {
    return new Look(
        company.headway().state(story),
        drop.waiting(FEEDS),
        drop.names("carrier-manifest", "outgoing").size());
  }

  private String describe(Look look) {
    Headway.State s = look.headway();
    return "%,d of %,d %s placed, %,d on their way; %,d %s and %d %s waiting"
        .formatted(
            s.placed(),
            story.planned().orders(),
            Plural.of(story.planned().orders(), "order"),
            s.open(),
            s.waiting(),
            Plural.of(s.waiting(), "event"),
            look.files(),
            Plural.of(look.files(), "file"));
  }

  private DemoException stuck(@Nullable Look look, String trouble, double seconds) {
    if (look == null || !trouble.isEmpty()) {
      return DemoException.unreachable(
          "%s; given up after %.0f s. Start it again: the demo goes on where it stopped."
              .formatted(trouble, seconds),
          null);
    }
    Headway.State s = look.headway();
    List<String> reasons = new ArrayList<>();
    add(reasons, s.open(), "order", "in no final state (./commondata order show ORDER_ID)");
    add(reasons, s.held(), "held payment", "(./commondata payment held)");
    add(
        reasons,
        s.waiting(),
        "event",
        "waiting for %s (./commondata lag)".formatted(s.waitingAt()));
    add(reasons, s.parked(), "event", "parked behind a failed one (./commondata lag)");
    add(reasons, s.dead(), "dead letter", "(./commondata hospital list)");
    add(reasons, s.claimed(), "file", "claimed but not loaded (./commondata file list)");
    add(reasons, s.running(), "load", "still running (./commondata run list)");
    add(reasons, s.mails(), "mail", "not written");
    add(reasons, look.files(), "file", "not picked up from " + company.drop());
    add(reasons, look.manifests(), "manifest", "that the carrier has not finished");
    String outside = world.trouble();
    if (outside != null) {
      reasons.add("the outer world could not act: " + outside);
    }
    return DemoException.unsettled(
        "not settled after %.0f s: %s".formatted(seconds, String.join(", ", reasons)));
  }

  private static void add(List<String> reasons, int count, String noun, String which) {
    if (count > 0) {
      reasons.add("%,d %s %s".formatted(count, Plural.of(count, noun), which));
    }
  }
}
