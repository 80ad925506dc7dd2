package commondata.subscription;

import commondata.event.Event;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Events at which one worker has met outages that may be their own doing. A real outage meets all;
 * so what says nothing about whose it is, such as a full disk, tells against an event only where
 * others were handled since it was met there last. What an event may have brought about itself
 * tells against it each time.
 */
final class Suspects {

  private static final int OUTAGES_MAX = 10;
  private static final int REMEMBERED_MAX = 1_000;

  private record Place(int part, long seq) {
    static Place of(Event event) {
      return new Place(event.part(), event.seq());
    }
  }

  /**
   * @param times that tell against the event
   * @param handledBefore batches that the worker had handled when it met the last one
   */
  private record Met(int times, long handledBefore) {}

  /** Only the latest: another worker may have handled an event long since. */
  private final Map<Place, Met> met =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Met> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };

  private long handled;

  /** These were handled: they are no suspects, and others may be. */
  void handled(List<Event> events) {
    handled++;
    if (!met.isEmpty()) {
      events.forEach(event -> met.remove(Place.of(event)));
    }
  }

  /**
   * An outage was met while these events were in work, in one transaction.
   *
   * @param mayBeOwn whether it may be the transaction's own doing, by its kind
   * @return whether one of them is at fault: that was the tenth time running for the first. Each
   *     attempt that is counted takes ten again
   */
  boolean areAtFault(List<Event> events, boolean mayBeOwn) {
    Place first = Place.of(events.get(0));
    Met earlier = met.getOrDefault(first, new Met(0, -1));
    boolean tells = mayBeOwn || handled > earlier.handledBefore;
    int times = earlier.times + (tells ? 1 : 0);
    if (times >= OUTAGES_MAX && events.size() == 1) {
      met.remove(first);
    } else {
      // Of several it may be another one: they go one by one, and this one is known already.
      met.put(first, new Met(times, handled));
    }
    return times >= OUTAGES_MAX;
  }
}
