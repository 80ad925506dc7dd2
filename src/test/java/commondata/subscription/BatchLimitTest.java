package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A batch has as many events as it may, and as fit. */
final class BatchLimitTest {

  private final BatchLimit limit = new BatchLimit(200);

  @Test
  void smallEventsMakeFullBatches() {
    limit.handled(200, 200 * 500);

    assertThat(limit.events()).isEqualTo(200);
  }

  @Test
  void largeEventsMakeSmallBatches() {
    limit.handled(200, 200 * 1_000_000L);
    assertThat(limit.events()).isEqualTo(4);

    limit.handled(1, 8_000_000);
    assertThat(limit.events()).as("one at least").isEqualTo(1);
  }

  @Test
  void aBatchGrowsAgainByDoubling() {
    limit.handled(1, 4_000_000);

    limit.handled(1, 500);
    assertThat(limit.events()).isEqualTo(2);
    limit.handled(2, 0);
    assertThat(limit.events()).isEqualTo(4);
  }

  @Test
  void anOutageHalvesIt() {
    limit.interrupted();
    assertThat(limit.events()).isEqualTo(100);

    for (int i = 0; i < 20; i++) {
      limit.interrupted();
    }
    assertThat(limit.events()).isEqualTo(1);
  }
}
