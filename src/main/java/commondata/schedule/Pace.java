package commondata.schedule;

import java.time.Duration;

/**
 * How long a poll rests. After polls that found nothing, its rest doubles from the shortest to the
 * longest; work makes it short again. The bell ends any rest. A rest counts from the beginning of
 * the poll, so that what waits for the next one does not wait for this one as well.
 *
 * @param bell shared by polls that do the same work
 * @param afterWork rest after a poll that found something
 * @param shortest rest after one that found nothing
 * @param longest rest after many that found nothing
 */
public record Pace(Bell bell, Duration afterWork, Duration shortest, Duration longest) {

  /** So many empty polls in a row are taken for a pause, not for the end of work. */
  private static final int EMPTY_BEFORE_SLOWING = 10;

  private static final int DOUBLINGS_MAX = 20;
  private static final Duration FOR_EVER = Duration.ofDays(365);

  public Pace {
    if (longest.compareTo(shortest) < 0) {
      throw new IllegalArgumentException(
          "the longest rest, %s, is shorter than the shortest, %s".formatted(longest, shortest));
    }
  }

  /** Works on at once while there is work, with a bell of its own. */
  public static Pace between(Duration shortest, Duration longest) {
    return new Pace(new Bell(), Duration.ZERO, shortest, longest);
  }

  /** Polls when the bell is rung, and then while there is work; never by itself. */
  public static Pace whenRung(Bell bell) {
    return new Pace(bell, Duration.ZERO, FOR_EVER, FOR_EVER);
  }

  /**
   * When a poll is due again: its rest after it began, but a poll that takes long also rests as
   * long as it took, or its whole rest if that is shorter. Times are of {@link System#nanoTime}.
   */
  static long nextAfter(long begun, long ended, long rest) {
    long took = ended - begun;
    return Math.max(begun + rest - ended, Math.min(took, rest)) + ended;
  }

  /** The rest before the first poll. */
  Duration first() {
    return shortest.equals(FOR_EVER) ? FOR_EVER : Duration.ZERO;
  }

  /** The rest after so many polls in a row that found nothing. */
  Duration rest(int empty) {
    if (empty == 0) {
      return afterWork;
    }
    int doublings = Math.min(Math.max(0, empty - EMPTY_BEFORE_SLOWING), DOUBLINGS_MAX);
    Duration rest = shortest.multipliedBy(1L << doublings);
    return rest.compareTo(longest) < 0 ? rest : longest;
  }
}
