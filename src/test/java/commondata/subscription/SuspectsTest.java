package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.event.Event;
import commondata.event.Kind;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SuspectsTest {

  private static final Event A = event(3, 1);
  private static final Event B = event(3, 2);
  private static final Event OTHER = event(4, 1);

  private final Suspects suspects = new Suspects();

  @Test
  void anOutageThatMeetsAllConvictsNobody() {
    for (int time = 1; time <= 100; time++) {
      assertThat(suspects.areAtFault(List.of(A), false)).as("time " + time).isFalse();
      assertThat(suspects.areAtFault(List.of(OTHER), false)).as("time " + time).isFalse();
    }
  }

  @Test
  void whoMeetsAnOutageTenTimesWhileOthersAreHandledIsAtFault() {
    for (int time = 1; time <= 9; time++) {
      assertThat(suspects.areAtFault(List.of(A), false)).as("time " + time).isFalse();
      suspects.handled(List.of(OTHER));
    }

    assertThat(suspects.areAtFault(List.of(A), false)).isTrue();
    assertThat(suspects.areAtFault(List.of(A), false)).as("each attempt takes ten").isFalse();
  }

  @Test
  void anOutageThatGoesOnForAWhileTellsOnce() {
    for (int outage = 1; outage <= 3; outage++) {
      for (int time = 1; time <= 20; time++) {
        assertThat(suspects.areAtFault(List.of(A), false)).isFalse();
      }
      suspects.handled(List.of(OTHER));
    }
  }

  @Test
  void whatAnEventMayHaveBroughtAboutTellsEachTime() {
    for (int time = 1; time <= 9; time++) {
      assertThat(suspects.areAtFault(List.of(A), true)).as("time " + time).isFalse();
    }

    assertThat(suspects.areAtFault(List.of(A), true)).isTrue();
  }

  @Test
  void whoIsHandledInTheEndBeginsAnew() {
    for (int time = 1; time <= 9; time++) {
      suspects.areAtFault(List.of(A, B), true);
    }

    suspects.handled(List.of(A, B));

    assertThat(suspects.areAtFault(List.of(A), true)).isFalse();
  }

  /** They go one by one then, and the first of them may be handled. */
  @Test
  void aBatchThatIsAtFaultConvictsItsFirstEventWhenThatIsAlone() {
    for (int time = 1; time <= 9; time++) {
      suspects.areAtFault(List.of(A, B), true);
    }
    assertThat(suspects.areAtFault(List.of(A, B), true)).isTrue();

    assertThat(suspects.areAtFault(List.of(B), true)).as("another").isFalse();
    assertThat(suspects.areAtFault(List.of(A), true)).isTrue();
  }

  @Test
  void remembersAThousandAtMost() {
    IntStream.range(0, 9).forEach(time -> suspects.areAtFault(List.of(A), true));

    IntStream.range(0, 1_000).forEach(n -> suspects.areAtFault(List.of(event(5, n)), true));

    assertThat(suspects.areAtFault(List.of(A), true)).isFalse();
  }

  private static Event event(int part, long seq) {
    return new Event(
        part,
        seq,
        UUID.randomUUID(),
        "order_service",
        Kind.EVENT,
        "test.happened",
        1,
        "key",
        UUID.randomUUID(),
        null,
        null,
        LocalDate.EPOCH,
        Instant.EPOCH,
        null,
        "1");
  }
}
