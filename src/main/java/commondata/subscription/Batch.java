package commondata.subscription;

import commondata.event.Event;
import java.util.List;

/**
 * Events of one part and the bounds between which they are all there is.
 *
 * @param start position of the cursor before them
 * @param end position of the cursor after them
 */
record Batch(long start, long end, List<Event> events) {

  /** Its first events only; the others stay for the next batch. */
  Batch first(int count) {
    return count == events.size()
        ? this
        : new Batch(start, events.get(count - 1).seq(), events.subList(0, count));
  }

  Long[] seqs() {
    return events.stream().map(Event::seq).toArray(Long[]::new);
  }
}
