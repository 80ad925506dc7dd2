package commondata.schedule;

import commondata.database.Login;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import org.quartz.CronScheduleBuilder;
import org.quartz.CronTrigger;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.impl.matchers.GroupMatcher;
import org.quartz.utils.DBConnectionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings when a job is due, on one of the nodes that have its owner's service. Each owner has a
 * Quartz cluster of its own, since Quartz lets any node of a cluster fire all its triggers. Quartz
 * keeps its triggers in the schema {@code quartz}, under a login of its own.
 *
 * <p>Who can write its tables still can't run code: job data are plain properties ({@code
 * useProperties}), and what else Quartz would load or deserialise (another class of a job, a
 * serialised trigger or calendar) its tables refuse by constraints.
 *
 * <p>Quartz is the clock only, and a ring may be lost: with its node, or on one that does not have
 * this job. What is due, done and made up for is found by the polls that it wakes, from {@code
 * commondata.run}.
 */
public final class JobClock implements AutoCloseable {

  /** Login that Quartz works under. */
  public static final String LOGIN = "commondata_quartz";

  static final String CONTEXT_KEY = "commondata.jobs";

  private static final Logger LOG = LoggerFactory.getLogger(JobClock.class);
  private static final String GROUP = "jobs";
  private static final String SOURCE = "commondata";

  private final Map<String, Scheduler> schedulers = new TreeMap<>();
  private final List<ScheduledJob> jobs;
  private final DueListener listener;

  /**
   * @param quartz {@link #LOGIN}
   * @param listener told of each job that is due
   * @throws ClockException if Quartz does not understand a job's cron expression
   */
  public JobClock(Login quartz, List<ScheduledJob> jobs, DueListener listener) {
    this.jobs = List.copyOf(jobs);
    // Refuses what Quartz would not understand, and names the job.
    this.jobs.forEach(DueTimes::new);
    this.listener = listener;
    DBConnectionManager.getInstance().addConnectionProvider(SOURCE, new LoginConnections(quartz));
    try {
      for (ScheduledJob job : this.jobs) {
        if (!schedulers.containsKey(job.owner())) {
          Properties properties = properties(job.owner());
          schedulers.put(job.owner(), new StdSchedulerFactory(properties).getScheduler());
        }
      }
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the jobs can't be made", e);
    }
  }

  private static Properties properties(String owner) {
    Properties properties = new Properties();
    properties.setProperty("org.quartz.scheduler.instanceName", "jobs-" + owner);
    properties.setProperty("org.quartz.scheduler.instanceId", "AUTO");
    properties.setProperty("org.quartz.threadPool.threadCount", "1");
    properties.setProperty("org.quartz.threadPool.threadNamePrefix", "job");
    properties.setProperty("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
    properties.setProperty(
        "org.quartz.jobStore.driverDelegateClass",
        "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
    properties.setProperty("org.quartz.jobStore.dataSource", SOURCE);
    properties.setProperty("org.quartz.jobStore.tablePrefix", "quartz.qrtz_");
    properties.setProperty("org.quartz.jobStore.isClustered", "true");
    properties.setProperty("org.quartz.jobStore.useProperties", "true");
    properties.setProperty("org.quartz.jobStore.misfireThreshold", "60000");
    return properties;
  }

  /** Makes the triggers as they are declared now, removes others of the same owners, and starts. */
  public void start() {
    try {
      for (Map.Entry<String, Scheduler> each : schedulers.entrySet()) {
        declare(each.getKey(), each.getValue());
        each.getValue().start();
      }
      LOG.info("jobs scheduled: {}", jobs.stream().map(ScheduledJob::name).toList());
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the jobs can't be started", e);
    }
  }

  private void declare(String owner, Scheduler scheduler) throws SchedulerException {
    scheduler.getContext().put(CONTEXT_KEY, listener);
    Set<JobKey> undeclared =
        new HashSet<>(scheduler.getJobKeys(GroupMatcher.jobGroupEquals(GROUP)));
    for (ScheduledJob job : jobs) {
      if (job.owner().equals(owner)) {
        undeclared.remove(JobKey.jobKey(job.name(), GROUP));
        if (!isDeclared(job, scheduler)) {
          scheduler.scheduleJob(detail(job), Set.of(trigger(job)), true);
        }
      }
    }
    scheduler.deleteJobs(List.copyOf(undeclared));
  }

  private static boolean isDeclared(ScheduledJob job, Scheduler scheduler)
      throws SchedulerException {
    TriggerKey key = TriggerKey.triggerKey(job.name(), GROUP);
    return scheduler.getTrigger(key) instanceof CronTrigger there
        && there.getCronExpression().equals(job.cron())
        && there.getTimeZone().equals(TimeZone.getTimeZone(job.zone()))
        && scheduler.getTriggerState(key) != Trigger.TriggerState.ERROR;
  }

  private static JobDetail detail(ScheduledJob job) {
    return JobBuilder.newJob(DueJob.class).withIdentity(job.name(), GROUP).build();
  }

  private static CronTrigger trigger(ScheduledJob job) {
    return TriggerBuilder.newTrigger()
        .withIdentity(job.name(), GROUP)
        .withSchedule(
            CronScheduleBuilder.cronSchedule(job.cron())
                .inTimeZone(TimeZone.getTimeZone(job.zone()))
                .withMisfireHandlingInstructionFireAndProceed())
        .build();
  }

  /** Stops the clock. */
  @Override
  public void close() {
    try {
      for (Scheduler scheduler : schedulers.values()) {
        scheduler.shutdown(true);
      }
    } catch (SchedulerException e) {
      throw new ClockException("the clock of the jobs can't be stopped", e);
    }
  }
}
