package commondata.operate;

import java.util.List;

/**
 * Every invariant, read in one snapshot.
 *
 * @param unsettled the first of the work that is not done yet
 * @param unsettledCount how much there is in all
 */
public record CheckReport(
    List<Invariant> invariants, List<Unsettled> unsettled, long unsettledCount) {

  public CheckReport {
    invariants = List.copyOf(invariants);
    unsettled = List.copyOf(unsettled);
  }

  public long violations() {
    return invariants.stream().mapToLong(Invariant::violations).sum();
  }
}
