package commondata.upkeep;

import commondata.database.Database;
import commondata.operate.Act;
import commondata.operate.Alarm;
import commondata.operate.Operate;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import commondata.subscription.Sequencer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does for the log besides reading it: each minute it makes the day partitions that are
 * missing ahead, looks at the alarms and logs new ones; each hour it lets retention run. Any number
 * of nodes may do so; a node that dies leaves it to the others.
 */
public final class Upkeep implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration ALARM_INTERVAL = Duration.ofMinutes(1);
  private static final Duration RETENTION_INTERVAL = Duration.ofHours(1);

  private final Database database;
  private final Operate operate;
  private final Retention retention;
  private final String node;
  private final Duration keep;
  private final UnaryOperator<String> hints;
  private final Clock clock;
  private final Pace pace = Pace.between(ALARM_INTERVAL, ALARM_INTERVAL);
  private final Map<String, Alarm> known = new HashMap<>();
  private Instant nextRetention = Instant.MIN;

  /**
   * @param node name of this process, the actor of what retention drops
   * @param keep how long a day of the log stays
   * @param hints makes of an alarm one whose commands find this database
   */
  public Upkeep(
      Database database, String node, Duration keep, UnaryOperator<String> hints, Clock clock) {
    this.database = database;
    this.operate =
        new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR));
    this.retention = new Retention(database);
    this.node = node;
    this.keep = keep;
    this.hints = hints;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "upkeep";
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(pace);
  }

  @Override
  public boolean pollOnce() {
    makePartitions();
    if (!clock.instant().isBefore(nextRetention)) {
      nextRetention = clock.instant().plus(RETENTION_INTERVAL);
      retire();
    }
    reportAlarms();
    return false;
  }

  private void makePartitions() {
    database
        .login(Sequencer.LOGIN)
        .jdbc()
        .sql(
            """
            SELECT commondata.make_partitions()
            """)
        .query(Integer.class)
        .single();
  }

  private void retire() {
    List<LocalDate> days =
        retention.run(keep, new Act(node, "older than commondata.retention.keep"));
    if (!days.isEmpty()) {
      LOG.info("log: days {} are past keeping and were given up", days);
    }
  }

  private void reportAlarms() {
    Map<String, Alarm> now = new HashMap<>();
    for (Alarm alarm : operate.alarms(keep)) {
      now.put(alarm.name() + " " + alarm.subject(), alarm);
    }
    now.forEach(
        (key, alarm) -> {
          if (!known.containsKey(key)) {
            LOG.warn("{}: {}: {}", alarm.name(), alarm.subject(), hints.apply(alarm.detail()));
          }
        });
    known.forEach(
        (key, alarm) -> {
          if (!now.containsKey(key)) {
            LOG.info("{}: {}: over", alarm.name(), alarm.subject());
          }
        });
    known.clear();
    known.putAll(now);
  }
}
