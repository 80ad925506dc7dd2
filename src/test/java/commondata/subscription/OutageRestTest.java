package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class OutageRestTest {

  private static final long MS = 1_000_000;

  private final AtomicLong now = new AtomicLong(-5);
  private final OutageRest rest = new OutageRest(now::get);

  @Test
  void restsLongerAtEachOutageInARow() {
    rest.begin("disk full");
    assertThat(rest.reason()).isEqualTo("disk full");
    now.addAndGet(31 * MS);
    assertThat(rest.reason()).as("after 20 ms, half more or less").isNull();

    for (int i = 0; i < 20; i++) {
      rest.begin("disk full");
    }
    now.addAndGet(2_500 * MS);
    assertThat(rest.reason()).isEqualTo("disk full");
    now.addAndGet(5_200 * MS);
    assertThat(rest.reason()).as("never longer than eight seconds").isNull();
  }

  @Test
  void beginsAnewAfterAPollThatWorked() {
    rest.begin("disk full");
    rest.begin("disk full");
    rest.begin("disk full");
    rest.end();
    assertThat(rest.reason()).isNull();

    rest.begin("read-only");
    now.addAndGet(31 * MS);

    assertThat(rest.reason()).isNull();
  }
}
