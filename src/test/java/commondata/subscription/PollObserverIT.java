package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Faults;
import testkit.TestDatabase;

/** What an observer hears of the transactions of a poll, which may be several. */
final class PollObserverIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);
  private final List<String> heard = new ArrayList<>();
  private final PollObserver ear =
      new PollObserver() {
        @Override
        public void handled(String subscription, int events) {
          heard.add("handled " + events);
        }

        @Override
        public void failed(String subscription) {
          heard.add("failed");
        }
      };

  @Test
  void hearsOfEachTransaction() {
    reader.set("max_attempts = 2");
    reader.when(what -> failOn(what, "a1")).publish("b1", "a1", "c1");

    assertThat(reader.poller().observedBy(ear).pollOnce()).isInstanceOf(PollOutcome.Parked.class);
    assertThat(heard).as("one by one, up to the culprit").containsExactly("handled 1", "failed");
    heard.clear();

    reader.later();
    assertThat(reader.poller().observedBy(ear).pollOnce()).isEqualTo(new PollOutcome.Handled(1));
    assertThat(heard).as("a retry, and the next batch").containsExactly("failed", "handled 1");
    heard.clear();

    reader.publish("d1", "e1", "f1").poller().observedBy(ear).pollOnce();
    assertThat(heard).containsExactly("handled 3");
  }

  @Test
  void hearsOfNoFailureWhereAnotherNodeHasHandledTheEvent() {
    reader.when(what -> failOn(what, "a1")).publish("a1");
    Poller other = reader.poller();
    Poller poller = reader.poller().observedBy(ear);
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.PARK_BEGUN) {
                reader.when(what -> {});
                other.pollOnce();
              }
            })) {
      poller.pollOnce();
      assertThat(faults.hits(FaultPoint.PARK_BEGUN)).isOne();
    }

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(heard).isEmpty();
  }

  private static void failOn(String what, String poison) {
    if (what.equals(poison)) {
      throw new IllegalStateException("poison " + what);
    }
  }
}
