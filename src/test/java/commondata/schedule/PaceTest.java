package commondata.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PaceTest {

  private final Pace pace = Pace.between(Duration.ofMillis(100), Duration.ofMillis(500));

  @Test
  void worksOnWithoutARest() {
    assertThat(pace.rest(0)).isZero();
  }

  @Test
  void takesAShortPauseForAShortPause() {
    assertThat(pace.rest(1)).hasMillis(100);
    assertThat(pace.rest(10)).hasMillis(100);
  }

  @Test
  void slowsDownToTheLongestRest() {
    assertThat(pace.rest(11)).hasMillis(200);
    assertThat(pace.rest(12)).hasMillis(400);
    assertThat(pace.rest(13)).hasMillis(500);
    assertThat(pace.rest(Integer.MAX_VALUE)).hasMillis(500);
  }

  @Test
  void countsARestFromTheBeginning() {
    assertThat(Pace.nextAfter(1_000, 1_002, 100)).isEqualTo(1_100);
    assertThat(Pace.nextAfter(1_000, 1_080, 100)).as("rests as long as it took").isEqualTo(1_160);
    assertThat(Pace.nextAfter(1_000, 4_000, 100)).as("a whole rest at most").isEqualTo(4_100);
    assertThat(Pace.nextAfter(1_000, 4_000, 0)).isEqualTo(4_000);
  }

  @Test
  void waitsForItsFirstRing() {
    assertThat(Pace.whenRung(new Bell()).first()).isEqualTo(Pace.whenRung(new Bell()).rest(1));
    assertThat(Pace.whenRung(new Bell()).rest(0)).as("there may be more").isZero();
    assertThat(pace.first()).isZero();
  }

  @Test
  void refusesALongestRestBelowTheShortest() {
    assertThatThrownBy(() -> Pace.between(Duration.ofMillis(2), Duration.ofMillis(1)))
        .hasMessage("the longest rest, PT0.001S, is shorter than the shortest, PT0.002S");
  }
}
