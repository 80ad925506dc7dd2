package commondata.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

final class BellTest {

  private static final Duration NOT_AT_ALL = Duration.ZERO;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Bell bell = new Bell();
  private final Queue<String> woken = new ConcurrentLinkedQueue<>();

  @Test
  void keepsARingForTheNextWhoRests() throws InterruptedException {
    bell.ring();

    assertThat(bell.await(LONG)).isTrue();
    assertThat(bell.await(NOT_AT_ALL)).isFalse();
  }

  @Test
  void countsRingsThatWereNotHeardYet() throws InterruptedException {
    bell.ring();
    bell.ring();
    bell.ring(2);

    assertThat(bell.await(NOT_AT_ALL)).isTrue();
    assertThat(bell.await(NOT_AT_ALL)).isTrue();
    assertThat(bell.await(NOT_AT_ALL)).isFalse();
  }

  @Test
  void ringsForNobodyWhoHasGivenUpWaiting() throws InterruptedException {
    assertThat(bell.await(Duration.ofMillis(1))).isFalse();
    bell.ring();

    assertThat(bell.await(NOT_AT_ALL)).isTrue();
  }

  @Test
  void wakesTheOneThatHasRestedForTheShortestTime() throws InterruptedException {
    Thread first = resting("first");
    Thread second = resting("second");
    Thread third = resting("third");

    bell.ring();
    third.join();
    bell.ring(2);
    first.join();
    second.join();

    assertThat(woken).hasSize(3).startsWith("third");
  }

  @Test
  void leavesTheRingOfOneThatIsInterruptedToAnother() throws InterruptedException {
    Thread interrupted = resting("interrupted");
    interrupted.interrupt();
    interrupted.join();

    bell.ring();

    assertThat(woken).isEmpty();
    assertThat(bell.await(NOT_AT_ALL)).isTrue();
  }

  @Test
  void letsNobodyRestOnceItRingsForEver() throws InterruptedException {
    List<Thread> resting = List.of(resting("a"), resting("b"));

    bell.ringForEver();

    for (Thread each : resting) {
      each.join();
    }
    assertThat(bell.await(NOT_AT_ALL)).isTrue();
  }

  /** A thread that rests until the bell rings. */
  private Thread resting(String name) {
    Thread thread =
        new Thread(
            () -> {
              try {
                if (bell.await(LONG)) {
                  woken.add(name);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }
}
