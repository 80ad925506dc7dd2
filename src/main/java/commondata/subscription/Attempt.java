package commondata.subscription;

import commondata.event.Event;
import java.util.List;

/** What one transaction came to. */
sealed interface Attempt {

  /** There was nothing to claim, or somebody else has it. */
  record Nothing() implements Attempt {}

  /** So many events were claimed and left alone: their part is to be marked first. */
  record LeftAlone(int part, int events) implements Attempt {}

  /** These were handled, and that is committed. */
  record Done(List<Event> events) implements Attempt {

    PollOutcome.Handled outcome() {
      return new PollOutcome.Handled(events.size());
    }

    long payloadLength() {
      return events.stream().mapToLong(event -> event.payload().length()).sum();
    }
  }

  /** It was rolled back, and that is the fault of these events. */
  record Failed(List<Event> events, Throwable failure) implements Attempt {

    Event first() {
      return events.get(0);
    }
  }

  /** It was rolled back while these events were in work, and counts against nobody. */
  record Outage(List<Event> events, Throwable failure) implements Attempt {

    Event first() {
      return events.get(0);
    }

    PollOutcome.Interrupted outcome() {
      int others = events.size() - 1;
      return new PollOutcome.Interrupted(
          others == 0 ? first().toString() : "%s, with %d behind it,".formatted(first(), others),
          Failure.messageOf(failure));
    }
  }
}
