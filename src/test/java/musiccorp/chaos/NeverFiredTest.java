package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A run in which a planned fault did not happen must not pass. */
final class NeverFiredTest {

  @Test
  void complainsOfAFaultThatWasPlannedAndNeverHappened() {
    assertThat(
            Campaign.neverFired(
                List.of(
                    new Report.FaultHits("node-killed", 3, 2),
                    new Report.FaultHits("node-frozen", 2, 0),
                    new Report.FaultHits("network-slow", 0, 0))))
        .containsExactly("node-frozen was planned 2 times and never happened");
  }
}
