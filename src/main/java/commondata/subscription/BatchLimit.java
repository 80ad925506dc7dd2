package commondata.subscription;

/**
 * How many events the next batch may have. Batches are counted in events, but must fit into memory:
 * if those of the last one were so large that a full batch would pass four million characters of
 * payload, the next one has fewer. The first one of large events can't be foreseen: each outage
 * halves the limit, since the batch itself may be what memory ran out of; each batch that is
 * handled doubles it.
 */
final class BatchLimit {

  private static final long CHARACTERS_MAX = 4_000_000;

  private final int max;
  private int limit;

  BatchLimit(int max) {
    this.max = max;
    this.limit = max;
  }

  int events() {
    return limit;
  }

  /** A batch of so many events with so much payload was handled. */
  void handled(int events, long characters) {
    long fitting = Math.max(1, CHARACTERS_MAX * events / Math.max(1, characters));
    limit = (int) Math.min(Math.min(max, 2L * limit), fitting);
  }

  /** A poll met an outage. */
  void interrupted() {
    limit = Math.max(1, limit / 2);
  }
}
