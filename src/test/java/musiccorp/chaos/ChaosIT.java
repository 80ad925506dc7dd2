package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.home.Home;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A short run on real processes; {@code ./commondata chaos} is the long one. Three nodes are ended
 * where it hurts most, then the worst of each kind happens to nodes, SQL services, server and
 * network.
 */
final class ChaosIT {

  private static final long SEED = 20261121;
  private static final long PATIENCE_SECONDS = 120;

  @TempDir private Path directory = Path.of("");

  @Test
  void losesNothingAndDoublesNothing() throws Exception {
    Set<Fault> faults =
        EnumSet.of(
            Fault.NODE_KILLED,
            Fault.NODE_FROZEN,
            Fault.CLIENT_KILLED,
            Fault.SERVER_KILLED,
            Fault.ANSWERS_LOST);
    Campaign.Wanted wanted =
        new Campaign.Wanted(
            SEED,
            Set.of("batch.finished", "retry.committed", "file.finished"),
            List.of(Plan.of(SEED, faults)),
            false,
            0,
            PATIENCE_SECONDS,
            Sabotage.NONE);

    Report report = new Campaign(wanted, new Home(directory), System.out::println).run();

    assertThat(report.complaints()).as(report.forPeople()).isEmpty();
    assertThat(report.rounds()).isOne();
    assertThat(report.faults())
        .hasSize(Fault.values().length)
        .filteredOn(fault -> fault.planned() > 0)
        .hasSize(5)
        .allMatch(fault -> fault.fired() > 0);
    assertThat(report.points().stream().filter(Report.PointHits::halted)).hasSize(3);
    assertThat(report.events().ok()).isGreaterThan(50);
    assertThat(report.effects()).isGreaterThan(150);
    assertThat(report.entries()).isGreaterThan(10);
  }
}
