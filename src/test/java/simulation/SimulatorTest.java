package simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The model under thousands of seeds. A seed that fails is printed; {@code
 * -Dtest.simulation.seed=N} runs it alone and prints what happened in it.
 */
final class SimulatorTest {

  private static final long ONLY = Long.getLong("test.simulation.seed", 0);
  private static final int SEEDS = Integer.getInteger("test.simulation.seeds", 2_500);
  private static final int SEEDS_FOR_A_DEFECT = 1_000;

  @Test
  void losesDoublesInvertsAndStallsNothing() {
    int published = 0;
    int crashes = 0;
    Map<String, Integer> met = new TreeMap<>();
    for (long seed : seeds()) {
      Simulation.Result result = Simulation.run(seed, Variant.CORRECT);
      assertThat(result.complaints())
          .as(
              "-Dtest.simulation.seed=%d%s",
              seed, ONLY == 0 ? "" : "\n" + String.join("\n", result.chain()))
          .isEmpty();
      published += result.published();
      crashes += (int) result.chain().stream().filter(step -> step.contains("crashes")).count();
      result.met().forEach((what, times) -> met.merge(what, times, Integer::sum));
    }

    int runs = seeds().length;
    assertThat(published).as("events published").isGreaterThan(5 * runs);
    assertThat(crashes).as("crashes").isGreaterThan(runs / 4);
    assertThat(met)
        .as("events that failed, killed, were delayed, came again; slices of a round")
        .hasSize(5)
        .allSatisfy((what, times) -> assertThat(times).as(what).isGreaterThan(runs / 4));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CORRECT")
  void catchesEveryWayToGetItWrong(Variant variant) {
    assertThat(
            LongStream.rangeClosed(1, SEEDS_FOR_A_DEFECT)
                .filter(seed -> !Simulation.run(seed, variant).complaints().isEmpty())
                .findFirst())
        .as("a seed up to %d in which it is seen", SEEDS_FOR_A_DEFECT)
        .isPresent();
  }

  @Test
  void replaysASeedToTheLastStep() {
    List<String> once = Simulation.run(7, Variant.CORRECT).chain();

    assertThat(once).hasSizeGreaterThan(20);
    assertThat(Simulation.run(7, Variant.CORRECT).chain()).isEqualTo(once);
    assertThat(Simulation.run(8, Variant.CORRECT).chain()).isNotEqualTo(once);
  }

  private static long[] seeds() {
    return ONLY == 0 ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {ONLY};
  }
}
