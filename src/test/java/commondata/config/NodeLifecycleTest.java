package commondata.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class NodeLifecycleTest {

  private final CountDownLatch never = new CountDownLatch(1);
  private final AtomicInteger stopped = new AtomicInteger();
  private final AtomicInteger leaves = new AtomicInteger();

  @Test
  void waitsForTheWorkOfEveryClock() {
    NodeLifecycle node =
        new NodeLifecycle(
            () -> List.of(stopped::incrementAndGet, stopped::incrementAndGet),
            Duration.ofMinutes(1),
            leaves::incrementAndGet);
    node.start();

    node.stop();

    assertThat(stopped).hasValue(2);
    assertThat(leaves).hasValue(1);
    assertThat(node.isRunning()).isFalse();
  }

  @Test
  void leavesWorkThatDoesNotEndInTime() {
    NodeLifecycle node =
        new NodeLifecycle(
            () -> List.of(never::await, stopped::incrementAndGet),
            Duration.ofMillis(200),
            leaves::incrementAndGet);
    node.start();

    node.stop();

    assertThat(node.isRunning()).as("the stop came to its end").isFalse();
    assertThat(never.getCount()).as("although that work did not").isEqualTo(1);
    assertThat(stopped).as("and the other clock was stopped").hasValue(1);
    assertThat(leaves).hasValue(1);
  }

  @Test
  void waitsForTheLastWordsForASecond() {
    NodeLifecycle node =
        new NodeLifecycle(
            List::of,
            Duration.ofMinutes(1),
            () -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    node.start();
    long begun = System.nanoTime();

    node.stop();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
  }
}
