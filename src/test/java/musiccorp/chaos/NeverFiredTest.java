package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import musiccorp.cli.ExitCode;
import org.junit.jupiter.api.Test;

/** A run in which a planned fault did not happen must not pass. */
final class NeverFiredTest {

  private static final Report.Acks ACKS = new Report.Acks(500, 3, 2);

  @Test
  void complainsOfAFaultThatWasPlannedAndNeverHappened() {
    Report report = report(List.of()).complainingOfFaults(false);

    assertThat(report.complaints())
        .containsExactly("node-frozen was planned 2 times and never happened");
    assertThat(report.forPeople())
        .contains("check   36 invariants, 1 complaints\n")
        .contains("\n  node-frozen was planned 2 times and never happened\n");
    assertThat(report.isGood()).isFalse();
    assertThat(ChaosCommand.exitCode(report)).isEqualTo(ExitCode.CHECK_FAILED);
  }

  @Test
  void complainsOfAFaultThatWasNeverPlannedWhereEachIsToBe() {
    assertThat(report(List.of("lost")).complainingOfFaults(true).complaints())
        .containsExactly(
            "lost",
            "node-frozen was planned 2 times and never happened",
            "network-slow was never planned");
  }

  private static Report report(List<String> complaints) {
    return new Report(
        1,
        3,
        60,
        List.of(),
        List.of(
            new Report.FaultHits("node-killed", 3, 2),
            new Report.FaultHits("node-frozen", 2, 0),
            new Report.FaultHits("network-slow", 0, 0)),
        ACKS,
        ACKS,
        1_000,
        30,
        36,
        complaints);
  }
}
