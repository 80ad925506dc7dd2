package commondata.measure;

import commondata.database.Login;
import commondata.measure.LogLook.Figure;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Figures of the log as gauges: lag, parked keys, dead letters and so on, the same on each node.
 * Looks once a few seconds at most, however many gauges are asked and however often: the first one
 * that is asked looks, and the others have what it found. New subscriptions and new classes of
 * errors get a gauge at the look that finds them. Thread-safe.
 *
 * <p>The registry holds it: a gauge whose object nobody holds would say NaN after a garbage
 * collection.
 *
 * <p>A database that does not answer leaves the figures as they were; {@code
 * commondata.look.age.seconds} then grows. A look that fails is followed by a rest like any other,
 * so that who asks for all gauges waits once.
 */
public final class LogMeasures implements MeterBinder {

  static final Figure EVENTS = Figure.of("commondata.events");
  static final Figure WAL_BYTES = Figure.of("commondata.wal.bytes");

  private static final String WAL_PER_EVENT = "commondata.wal.bytes.per.event";
  private static final String AGE = "commondata.look.age.seconds";
  private static final double NANOS = 1e9;
  private static final Logger LOG = LoggerFactory.getLogger(LogMeasures.class);

  private final Login login;
  private final long restNanos;
  private final ReentrantLock looking = new ReentrantLock();
  private final Set<Figure> gauges = ConcurrentHashMap.newKeySet();
  private @Nullable MeterRegistry registry;
  private volatile LogLook latest = LogLook.NOTHING;
  private volatile double walBytesPerEvent;
  private volatile long lookedAt = System.nanoTime();
  private volatile long triedAt;

  /**
   * @param login may call {@code commondata.measures()}
   * @param rest between two looks, at least
   */
  public LogMeasures(Login login, Duration rest) {
    this.login = login;
    this.restNanos = rest.toNanos();
    this.triedAt = lookedAt - restNanos;
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    registry = meters;
    Gauge.builder(WAL_PER_EVENT, this, measures -> measures.looked().walBytesPerEvent)
        .description("WAL bytes of the server an event, between the last two looks")
        .strongReference(true)
        .register(meters);
    Gauge.builder(AGE, this, measures -> measures.looked().ageSeconds())
        .description("Age of the other figures")
        .strongReference(true)
        .register(meters);
    look();
  }

  /**
   * Looks if the figures are old, but lets nobody wait longer than {@code limit} for an answer: for
   * those who ask whether the database is well.
   */
  public void lookWithin(Duration limit) {
    CompletableFuture.runAsync(this::looked)
        .completeOnTimeout(null, limit.toNanos(), TimeUnit.NANOSECONDS)
        .join();
  }

  /** The oldest event that is not numbered yet, in seconds, as the latest look found it. */
  public double stampLagSeconds() {
    return latest.value(Figure.of("commondata.stamp.lag.seconds"));
  }

  /** Age of the figures: more than a few seconds if the database does not answer. */
  public double ageSeconds() {
    return (System.nanoTime() - lookedAt) / NANOS;
  }

  private LogMeasures looked() {
    if (System.nanoTime() - triedAt >= restNanos && looking.tryLock()) {
      try {
        look();
      } finally {
        looking.unlock();
      }
    }
    return this;
  }

  private void look() {
    try {
      LogLook before = latest;
      LogLook now = LogLook.at(login);
      walBytesPerEvent = now.walBytesPerEvent(before);
      latest = now;
      lookedAt = System.nanoTime();
      now.values().keySet().forEach(this::makeGauge);
    } catch (DataAccessException e) {
      LOG.debug("the log can't be measured now, the figures stay as they were", e);
    } finally {
      triedAt = System.nanoTime();
    }
  }

  private void makeGauge(Figure figure) {
    if (registry != null && gauges.add(figure)) {
      Gauge.builder(figure.name(), this, measures -> measures.looked().latest.value(figure))
          .tags(tags(figure))
          .strongReference(true)
          .register(registry);
    }
  }

  private static Tags tags(Figure figure) {
    Tags tags = Tags.empty();
    if (figure.subscription() != null) {
      tags = tags.and("subscription", figure.subscription());
    }
    if (figure.part() != null) {
      tags = tags.and("part", figure.part());
    }
    return figure.errorClass() == null ? tags : tags.and("error", figure.errorClass());
  }
}
