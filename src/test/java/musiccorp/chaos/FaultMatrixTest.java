package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The published matrix tells what there is. */
final class FaultMatrixTest {

  private static final Path MATRIX = Path.of("docs", "reference", "chaos.md");

  @Test
  void namesEveryPoint() throws IOException {
    String matrix = Files.readString(MATRIX);

    assertThat(FaultPoint.values())
        .allSatisfy(point -> assertThat(matrix).contains("`" + point.label() + "`"));
  }

  @Test
  void namesEveryFault() throws IOException {
    String matrix = Files.readString(MATRIX);

    assertThat(Fault.values())
        .allSatisfy(
            fault -> assertThat(matrix).as(fault.sentence()).contains("`" + fault.label() + "`"));
  }

  @Test
  void takesTooLittleForNothing() {
    assertThat(new Verdict.Population(500, 1_000, 40, 9, 36).isEnough()).isTrue();
    assertThat(new Verdict.Population(3, 1_000, 40, 9, 36).isEnough()).isFalse();
    assertThat(new Verdict.Population(500, 0, 40, 9, 36).isEnough()).isFalse();
    assertThat(new Verdict.Population(500, 1_000, 0, 9, 36).isEnough()).isFalse();
    assertThat(new Verdict.Population(500, 1_000, 40, 0, 36).isEnough()).isFalse();
    assertThat(new Verdict.Population(500, 1_000, 40, 9, 0).isEnough()).isFalse();
  }

  @Test
  void endsANodeAtEveryPointOfASmallFile() {
    assertThat(Campaign.allPoints())
        .hasSizeGreaterThan(35)
        .contains("batch.handled", "file.merged", "export.committed")
        .noneMatch(label -> label.startsWith("slice."));
  }
}
