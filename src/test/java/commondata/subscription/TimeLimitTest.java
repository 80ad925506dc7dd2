package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** A server that is silent holds up nobody but those who asked it. */
final class TimeLimitTest {

  private static final Duration SHORT = Duration.ofMillis(50);

  private final CountDownLatch answer = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);

  @Test
  void aCancelThatIsNotAnsweredLeavesTheLimitsOfOthersAlone() {
    AtomicBoolean isCutOff = new AtomicBoolean();
    Thread waiting = handling(server(this::saysNothing), new AtomicBoolean());
    try {
      await().until(() -> asked.getCount() == 0);

      handling(server(() -> {}), isCutOff);

      await().untilTrue(isCutOff);
    } finally {
      answer.countDown();
    }
    await().until(() -> !waiting.isAlive());
    assertThat(isCutOff).isTrue();
  }

  /** A thread whose handler waits until its limit interrupts it. */
  private static Thread handling(DataSource dataSource, AtomicBoolean isCutOff) {
    Thread thread =
        new Thread(
            () -> {
              TimeLimit limit = TimeLimit.begin(dataSource, SHORT, () -> {});
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                isCutOff.set(true);
              } finally {
                limit.close();
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void saysNothing() {
    asked.countDown();
    try {
      answer.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A source of connections on which nothing can be done but cancel. */
  private static DataSource server(Runnable onCancel) {
    PGConnection cancelled =
        proxy(
            PGConnection.class,
            method -> {
              onCancel.run();
              return null;
            });
    Connection connection =
        proxy(Connection.class, method -> method.equals("unwrap") ? cancelled : null);
    return proxy(DataSource.class, method -> connection);
  }

  private static <T> T proxy(Class<T> type, Function<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answers.apply(method.getName())));
  }
}
