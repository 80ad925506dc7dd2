package peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads nothing: inserts the effects of as many events as were "published", from memory. Nothing
 * that handles events in the same database can be faster.
 */
final class EffectsOnly extends ByHand {

  private final Effects effects;
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong next = new AtomicLong(1);

  EffectsOnly(Setting setting, Effects effects) {
    super(setting);
    this.effects = effects;
  }

  @Override
  void append(long id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void publish(long id) {
    published.incrementAndGet();
  }

  @Override
  public void fill(long count) {
    published.addAndGet(count);
  }

  @Override
  public void start() {
    loops.start(java.util.Collections.nCopies(READERS, this::insertBatch));
  }

  private boolean insertBatch() {
    long first = next.getAndAdd(BATCH);
    long last = Math.min(first + BATCH - 1, published.get());
    List<Done> events = new ArrayList<>();
    for (long id = first; id <= last; id++) {
      events.add(Done.now(id));
    }
    if (events.isEmpty()) {
      return false;
    }
    transactions.executeWithoutResult(status -> handle(events, effects));
    return true;
  }
}
