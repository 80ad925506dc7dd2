package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PlanTest {

  @Test
  void theSameSeedPlansTheSame() {
    assertThat(Plan.of(7)).isEqualTo(Plan.of(7));
    assertThat(Plan.of(7)).isNotEqualTo(Plan.of(8));
  }

  @Test
  void plansSomeFaultsOfAllThereAre() {
    Set<Fault> seen = EnumSet.noneOf(Fault.class);
    LongStream.rangeClosed(1, 100)
        .mapToObj(Plan::of)
        .forEach(
            plan -> {
              Set<Fault> faults = EnumSet.noneOf(Fault.class);
              plan.acts().forEach(act -> faults.add(act.fault()));
              assertThat(faults).hasSizeBetween(2, 5);
              seen.addAll(faults);
            });

    assertThat(seen).containsExactlyInAnyOrder(Fault.values());
  }

  @Test
  void dealsEachFaultOnceOverTheFirstRounds() {
    LongStream.rangeClosed(1, 100)
        .forEach(
            seed -> {
              List<Plan> rounds = Plan.dealt(seed);
              List<Fault> dealt =
                  rounds.stream()
                      .flatMap(plan -> plan.acts().stream().map(Plan.Act::fault).distinct())
                      .toList();

              assertThat(dealt).containsExactlyInAnyOrder(Fault.values());
              assertThat(rounds).hasSize(Plan.DEALT_ROUNDS).isEqualTo(Plan.dealt(seed));
            });
    assertThat(Plan.dealt(1)).isNotEqualTo(Plan.dealt(2));
  }

  @Test
  void endsEachActWithinItsRound() {
    assertThat(Plan.of(3, EnumSet.allOf(Fault.class)).acts())
        .isNotEmpty()
        .allSatisfy(
            act -> {
              assertThat(act.at()).isBetween(0L, Plan.ROUND_MS);
              assertThat(act.lasts()).isNotNegative();
            });
  }
}
