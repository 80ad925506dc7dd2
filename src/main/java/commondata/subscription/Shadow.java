package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Runs the handlers of a subscription for events that it has handled already, and compares: would
 * they come out the same, with the same events published?
 *
 * <p>Each event is handled in a transaction of its own that is always rolled back: under the
 * subscription's login, within its time limit, on the tables as they are now, without a cursor, a
 * receipt or an attempt. What is compared is the outcome (handled, or the class of the error) and
 * what was published (type, key, payload); payloads are shown masked. A batch handler gets each
 * event alone, and what it once published without {@link commondata.event.Handling#begin} names no
 * event that it followed from: that is a difference each time. A handler that looks at rows which
 * its own first pass has written may come out otherwise; that is a difference too, and the one to
 * look at before a rewind.
 */
public final class Shadow {

  private static final int BATCH_SIZE = 100;
  private static final String DIFFERS_BEHIND_MASK = " (differs in what is masked)";

  private final Subscription subscription;
  private final Login login;
  private final EventCodec codec;
  private final PastReader past;
  private final Duration timeLimit;

  /**
   * @param login the one that owns the subscription
   */
  public Shadow(Subscription subscription, Login login, EventCodec codec) {
    this.subscription = subscription;
    this.login = login;
    this.codec = codec;
    this.past = new PastReader(login, subscription.name());
    this.timeLimit = TimeLimit.of(subscription.name(), login);
  }

  /**
   * Runs events, part by part.
   *
   * @param start beginning, PART:POSITION, or a time
   * @param limit events a part, at most
   */
  public ShadowRun run(String start, int limit) {
    long events = 0;
    List<ShadowRun.Difference> differences = new ArrayList<>();
    for (PastReader.Start from : past.starts(start)) {
      long after = from.position();
      for (int left = limit; left > 0; ) {
        List<Event> batch = past.events(from.part(), after, Math.min(left, BATCH_SIZE));
        if (batch.isEmpty()) {
          break;
        }
        Map<UUID, List<PastReader.Published>> published = past.publishedBecauseOf(batch);
        for (Event event : batch) {
          compare(event, published.getOrDefault(event.eventId(), List.of()), differences);
          after = event.seq();
        }
        events += batch.size();
        left -= batch.size();
      }
    }
    return new ShadowRun(events, differences);
  }

  private void compare(
      Event event, List<PastReader.Published> published, List<ShadowRun.Difference> differences) {
    Outcome real = new Outcome(past.outcome(event), published);
    Outcome shadow = handle(event);
    if (!real.equals(shadow)) {
      String shown = shadow.shown();
      differences.add(
          new ShadowRun.Difference(
              event.toString(),
              real.shown(),
              real.shown().equals(shown) ? shown + DIFFERS_BEHIND_MASK : shown));
    }
  }

  private Outcome handle(Event event) {
    List<Outcome> outcome = new ArrayList<>();
    try {
      login.inTransactionDo(
          () -> {
            new HandlerCall(subscription, codec, login, timeLimit).handle(List.of(event), () -> {});
            outcome.add(new Outcome("handled", past.publishedInThisTransaction()));
            throw new RolledBack();
          });
    } catch (RolledBack e) {
      return outcome.get(0);
    } catch (RuntimeException e) {
      return new Outcome(Failure.causeOf(e).getClass().getSimpleName(), List.of());
    }
    throw new IllegalStateException("a shadow was not rolled back");
  }

  /** What became of an event: it was handled, or the class of the error; and what was published. */
  private record Outcome(String became, List<PastReader.Published> published) {

    String shown() {
      return published.isEmpty()
          ? became
          : published.stream()
              .map(PastReader.Published::masked)
              .collect(Collectors.joining("; ", became + ", published ", ""));
    }
  }

  /** Ends a shadow's transaction; nothing went wrong. */
  private static final class RolledBack extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RolledBack() {
      super(null, null, false, false);
    }
  }
}
