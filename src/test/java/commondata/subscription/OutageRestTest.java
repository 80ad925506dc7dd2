package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class OutageRestTest {

  private static final long MS = 1_000_000;
  private static final PollOutcome.Interrupted FULL =
      new PollOutcome.Interrupted(null, "disk full");

  private final AtomicLong now = new AtomicLong(-5);
  private final OutageRest rest = new OutageRest(now::get);

  @Test
  void restsLongerAtEachOutageInARow() {
    rest.begin(FULL);
    assertThat(rest.why()).isEqualTo(FULL);
    now.addAndGet(31 * MS);
    assertThat(rest.why()).as("after 20 ms, half more or less").isNull();

    for (int i = 0; i < 20; i++) {
      rest.begin(FULL);
    }
    now.addAndGet(2_500 * MS);
    assertThat(rest.why()).isEqualTo(FULL);
    now.addAndGet(5_200 * MS);
    assertThat(rest.why()).as("never longer than eight seconds").isNull();
  }

  @Test
  void beginsAnewAfterAPollThatWorked() {
    rest.begin(FULL);
    rest.begin(FULL);
    rest.begin(FULL);
    rest.end();
    assertThat(rest.why()).isNull();

    rest.begin(FULL);
    now.addAndGet(31 * MS);

    assertThat(rest.why()).isNull();
  }
}
