package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LoadProgressTest {

  @Test
  void saysOneRecordAndManyRecords() {
    Duration took = Duration.ofSeconds(2);

    assertThat(new LoadProgress(71, 71, 1, 0, took).inWords())
        .isEqualTo("all 71 bytes are read, 1 record, 0 rejected; indexes, checks and SQL follow");
    assertThat(new LoadProgress(50, 100, 1, 0, took).inWords())
        .isEqualTo("50 of 100 bytes, 1 record, 0 rejected, 0 a second, 2 s left");
    assertThat(new LoadProgress(50, 100, 8, 2, took).inWords())
        .isEqualTo("50 of 100 bytes, 8 records, 2 rejected, 4 a second, 2 s left");
  }
}
