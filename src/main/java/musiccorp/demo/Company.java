package musiccorp.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/** What somebody outside has of the company: its drop directory, REST, an operator's desk. */
interface Company {

  Path home();

  Path drop();

  URI rest();

  Books books();

  Headway headway();

  /** Orders whose payment waits for the operator. */
  List<String> heldPayments();

  void releasePayment(String orderId);

  void refusePayment(String orderId, String reason);

  /** Runs a job for a business date, waiting while it is running already; returns its exit code. */
  int runJob(String job, LocalDate businessDate);

  Check check();

  /**
   * What the invariants say.
   *
   * @param invariants how many there are
   * @param violations rows that break one
   * @param undecided whether work is still under way, so that some can't be judged yet
   * @param broken names of those that are broken
   */
  record Check(int invariants, long violations, boolean undecided, List<String> broken) {}
}
