package commondata.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class PollClockTest {

  private static final Duration NEVER = Duration.ofHours(1);

  private final Bell bell = new Bell();
  private final AtomicInteger polls = new AtomicInteger();

  @Test
  void pollsOnAsLongAsThereIsWorkAndThenRests() {
    try (PollClock clock = clock(counting("busy", () -> polls.get() < 100))) {
      clock.start();

      await().until(() -> polls.get() == 100);
    }
    assertThat(polls).hasValue(100);
  }

  @Test
  void aRingEndsARest() {
    try (PollClock clock = clock(counting("resting", () -> false))) {
      clock.start();
      await().until(() -> polls.get() == 1);

      bell.ring();

      await().until(() -> polls.get() == 2);
    }
  }

  @Test
  void aRestGoesOnInTheNextSlot() {
    AtomicInteger others = new AtomicInteger();
    Pace quick = Pace.between(Duration.ofMillis(300), Duration.ofMillis(300));
    Poll other = new Counting("other", others, () -> false, quick);
    try (PollClock clock = clock(counting("resting", () -> false), other)) {
      clock.start();

      // By then Quartz has started each loop several times.
      await().until(() -> others.get() == 10);
    }
    assertThat(polls).hasValue(1);
  }

  @Test
  void aRingForTwoWakesTwoOfThree() {
    CountDownLatch stay = new CountDownLatch(1);
    AtomicInteger started = new AtomicInteger();
    Poll[] crew = new Poll[3];
    for (int i = 0; i < crew.length; i++) {
      crew[i] = counting("worker-" + i, () -> stays(started, stay));
    }
    try (PollClock clock = clock(crew)) {
      clock.start();
      await().until(() -> polls.get() == 3);
      started.set(0);

      bell.ring(2);

      await().until(() -> started.get() == 2);
      assertThat(polls).hasValue(5);
      stay.countDown();
    }
  }

  @Test
  void aPollWithAnotherBellEachTimeIsRefused() {
    Poll forgetful =
        new Poll() {
          @Override
          public String name() {
            return "forgetful";
          }

          @Override
          public boolean pollOnce() {
            return false;
          }

          @Override
          public Optional<Pace> pace() {
            return Optional.of(Pace.between(NEVER, NEVER));
          }
        };
    try (PollClock clock = clock(forgetful)) {
      assertThatThrownBy(clock::start)
          .isInstanceOf(ClockException.class)
          .hasMessageContaining("poll \"forgetful\" has another bell each time");
    }
  }

  @Test
  void goesOnAfterAnError() {
    Poll failing =
        counting(
            "failing",
            () -> {
              throw new IllegalStateException("no luck");
            });
    try (PollClock clock = clock(failing)) {
      clock.start();

      await().until(() -> polls.get() >= 2);
    }
  }

  @Test
  void aRingDoesNotEndTheRestAfterAnError() {
    List<Boolean> ringsUnheard = new CopyOnWriteArrayList<>();
    Poll failing =
        counting(
            "failing",
            () -> {
              ringsUnheard.add(isRung());
              bell.ring();
              throw new IllegalStateException("no luck");
            });
    try (PollClock clock = clock(failing)) {
      clock.start();

      await().until(() -> ringsUnheard.size() >= 2);
    }
    assertThat(ringsUnheard.get(1)).as("nobody heard the ring in the rest").isTrue();
  }

  private boolean isRung() {
    try {
      return bell.await(Duration.ZERO);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anErrorIsLoggedOnceHoweverItsNumbersDiffer() {
    List<ILoggingEvent> logged =
        logged(
            () ->
                new IllegalStateException(
                    "failed after " + polls.get() + " ms",
                    new SQLTransientConnectionException("no grant", "42501")));

    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).getLevel()).isEqualTo(Level.ERROR);
    assertThat(logged.get(0).getThrowableProxy()).isNotNull();
  }

  @Test
  void anOutageIsALineWithoutAStack() {
    List<ILoggingEvent> logged =
        logged(
            () ->
                new IllegalStateException(
                    "no server",
                    new SQLTransientConnectionException("after " + polls.get() + " ms", "08001")));

    assertThat(logged).hasSize(1);
    assertThat(logged.get(0).getFormattedMessage())
        .isEqualTo("poll failing: the database can't be used, it goes on every PT1S: no server");
    assertThat(logged.get(0).getThrowableProxy()).isNull();
  }

  /** What is logged of a poll that fails twice. */
  private List<ILoggingEvent> logged(Supplier<RuntimeException> error) {
    Logger logger = (Logger) LoggerFactory.getLogger(PollLoops.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    Poll failing =
        counting(
            "failing",
            () -> {
              throw error.get();
            });
    try (PollClock clock = clock(failing)) {
      clock.start();
      await().until(() -> polls.get() >= 3);
    } finally {
      logger.detachAppender(lines);
    }
    return List.copyOf(lines.list);
  }

  @Test
  void goesOnAfterAFailedAssertion() {
    Poll failing =
        counting(
            "failing",
            () -> {
              throw new AssertionError("no luck");
            });
    try (PollClock clock = clock(failing)) {
      clock.start();

      await().until(() -> polls.get() >= 2);
    }
  }

  /** The first poll of each worker returns; later ones stay until they may go. */
  private boolean stays(AtomicInteger started, CountDownLatch stay) {
    if (started.incrementAndGet() > 0 && polls.get() > 3) {
      try {
        stay.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return false;
  }

  private Poll counting(String name, BooleanSupplier work) {
    return new Counting(name, polls, work, new Pace(bell, Duration.ZERO, NEVER, NEVER));
  }

  private static PollClock clock(Poll... polls) {
    return new PollClock(
        "test-" + System.nanoTime(),
        List.of(polls),
        () -> Pace.between(NEVER, NEVER),
        Duration.ofMillis(500));
  }

  private record Counting(String name, AtomicInteger polls, BooleanSupplier work, Pace own)
      implements Poll {

    @Override
    public Optional<Pace> pace() {
      return Optional.of(own);
    }

    @Override
    public boolean pollOnce() {
      polls.incrementAndGet();
      return work.getAsBoolean();
    }
  }
}
