package commondata.schedule;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clocks the polls of one process. Quartz starts a bounded loop per poll every ten seconds; the
 * loop polls until the slot is over, and a late one is started at once. A trigger of 50 ms would
 * cost more than the polls themselves.
 *
 * <p>This scheduler lives in memory, on purpose: each node polls on its own, and the row locks of
 * the database decide who gets what. A crash leaves nothing behind here.
 */
public final class PollClock implements AutoCloseable {

  /** How long one loop lasts; also how often Quartz looks after it. */
  private static final Duration SLOT = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(PollClock.class);

  private final Scheduler scheduler;
  private final PollLoops loops;
  private final List<Poll> polls;
  private final Duration slot;

  /**
   * @param pollInterval rest after a poll that found nothing
   */
  public PollClock(String node, List<Poll> polls, Duration pollInterval) {
    this(node, polls, pollInterval, pollInterval);
  }

  /**
   * @param pollInterval rest after a poll that found nothing
   * @param idleInterval rest after many that found nothing
   */
  public PollClock(String node, List<Poll> polls, Duration pollInterval, Duration idleInterval) {
    this(node, polls, () -> Pace.between(pollInterval, idleInterval), SLOT);
  }

  PollClock(String node, List<Poll> polls, Supplier<Pace> pace, Duration slot) {
    this.polls = List.copyOf(polls);
    this.slot = slot;
    this.loops = new PollLoops(pace, slot);
    try {
      this.scheduler = new StdSchedulerFactory(properties(node, polls.size())).getScheduler();
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the polls can't be made", e);
    }
  }

  private static Properties properties(String node, int threads) {
    Properties properties = new Properties();
    properties.setProperty("org.quartz.scheduler.instanceName", "polls-" + node);
    properties.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
    properties.setProperty("org.quartz.threadPool.threadCount", String.valueOf(threads + 1));
    properties.setProperty("org.quartz.threadPool.threadNamePrefix", "poll");
    properties.setProperty("org.quartz.jobStore.class", "org.quartz.simpl.RAMJobStore");
    return properties;
  }

  /** Starts every poll. */
  public void start() {
    try {
      scheduler.getContext().put(PollLoops.CONTEXT_KEY, loops);
      for (Poll poll : polls) {
        loops.add(poll);
        JobDetail job =
            JobBuilder.newJob(PollJob.class)
                .withIdentity(poll.name(), "polls")
                .withDescription("polls " + poll.name())
                .build();
        Trigger everySlot =
            TriggerBuilder.newTrigger()
                .withIdentity(poll.name(), "polls")
                .withSchedule(
                    SimpleScheduleBuilder.simpleSchedule()
                        .withIntervalInMilliseconds(slot.toMillis())
                        .repeatForever()
                        .withMisfireHandlingInstructionNowWithExistingCount())
                .build();
        scheduler.scheduleJob(job, everySlot);
      }
      scheduler.start();
      LOG.info("polls started: {}", polls.stream().map(Poll::name).toList());
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the polls can't be started", e);
    }
  }

  /** Stops every poll; waits for the transactions under way. */
  @Override
  public void close() {
    loops.stop();
    try {
      scheduler.shutdown(true);
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the polls can't be stopped", e);
    }
  }
}
