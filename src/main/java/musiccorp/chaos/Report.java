package musiccorp.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run came to.
 *
 * @param seed the run again: {@code ./commondata chaos --seed N}
 * @param points each fault point, how often it was reached, and whether a node was ended there
 * @param faults each fault there is, how often it was planned and how often it truly happened
 * @param effects of the events in the run's three readers
 * @param entries of the SQL service loyalty, one a payment
 * @param complaints everything that is wrong; empty if nothing is
 */
record Report(
    long seed,
    int rounds,
    double seconds,
    List<PointHits> points,
    List<FaultHits> faults,
    Acks events,
    Acks orders,
    long effects,
    long entries,
    int invariants,
    List<String> complaints) {

  Report {
    complaints = List.copyOf(complaints);
  }

  /** A fault point. */
  record PointHits(String point, long hits, boolean halted) {}

  /** A fault that a plan may have. */
  record FaultHits(String fault, int planned, int fired) {}

  /** Requests of the clients, by what they were told. */
  record Acks(int ok, int failed, int unknown) {

    static Acks of(AckLog log) {
      return new Acks(
          log.count(AckLog.Outcome.OK),
          log.count(AckLog.Outcome.FAILED),
          log.count(AckLog.Outcome.UNKNOWN));
    }
  }

  /**
   * The same with a complaint of each fault that did not happen: the run proves nothing about it.
   *
   * @param everyFault whether each was to be planned; else only those that were count
   */
  Report complainingOfFaults(boolean everyFault) {
    List<String> all = new ArrayList<>(complaints);
    for (FaultHits fault : faults) {
      if (fault.planned > 0 && fault.fired == 0) {
        all.add("%s was planned %d times and never happened".formatted(fault.fault, fault.planned));
      } else if (fault.planned == 0 && everyFault) {
        all.add("%s was never planned".formatted(fault.fault));
      }
    }
    return new Report(
        seed, rounds, seconds, points, faults, events, orders, effects, entries, invariants, all);
  }

  boolean isGood() {
    return complaints.isEmpty();
  }

  String forPeople() {
    StringBuilder text = new StringBuilder();
    text.append("point                     hits  node ended there%n".formatted());
    for (PointHits point : points) {
      text.append("%-24s %5d  %s%n".formatted(point.point, point.hits, point.halted ? "yes" : "-"));
    }
    text.append("%nfault            planned  fired%n".formatted());
    for (FaultHits fault : faults) {
      text.append("%-16s %7d  %5d%n".formatted(fault.fault, fault.planned, fault.fired));
    }
    text.append(
        "%nevents  %d acknowledged, %d failed, %d of unknown outcome; %d effects%n"
            .formatted(events.ok, events.failed, events.unknown, effects));
    text.append(
        "orders  %d acknowledged, %d of unknown outcome; each there once%n"
            .formatted(orders.ok, orders.unknown));
    text.append("loyalty %d payments, each booked once%n".formatted(entries));
    text.append("check   %d invariants, %d complaints%n".formatted(invariants, complaints.size()));
    complaints.forEach(complaint -> text.append("  ").append(complaint).append('\n'));
    text.append("seed    %d, %d rounds, %.0f s%n".formatted(seed, rounds, seconds));
    return text.toString();
  }
}
