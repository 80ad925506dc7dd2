package commondata.measure;

import commondata.database.Login;
import commondata.measure.LogLook.Figure;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
 * <p>A database that does not answer leaves the figures as they were; {@code
 * commondata.look.age.seconds} then grows.
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

  /**
   * @param login may call {@code commondata.measures()}
   * @param rest between two looks, at least
   */
  public LogMeasures(Login login, Duration rest) {
    this.login = login;
    this.restNanos = rest.toNanos();
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    registry = meters;
    Gauge.builder(WAL_PER_EVENT, this, measures -> measures.looked().walBytesPerEvent)
        .description("WAL bytes of the server an event, between the last two looks")
        .register(meters);
    Gauge.builder(AGE, this, measures -> measures.looked().ageSeconds())
        .description("Age of the other figures")
        .register(meters);
    look();
  }

  /** The oldest event that is not numbered yet, in seconds; for the health of the log. */
  public double stampLagSeconds() {
    return looked().latest.value(Figure.of("commondata.stamp.lag.seconds"));
  }

  /** Age of the figures: more than a few seconds if the database does not answer. */
  public double ageSeconds() {
    return (System.nanoTime() - lookedAt) / NANOS;
  }

  private LogMeasures looked() {
    boolean isOld = latest.values().isEmpty() || System.nanoTime() - lookedAt >= restNanos;
    if (isOld && looking.tryLock()) {
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
    }
  }

  private void makeGauge(Figure figure) {
    if (registry != null && gauges.add(figure)) {
      Gauge.builder(figure.name(), this, measures -> measures.looked().latest.value(figure))
          .tags(tags(figure))
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
