package commondata.schedule;

import java.time.ZoneId;

/**
 * When a job is due.
 *
 * @param name name of the job
 * @param owner login that it runs under: its nodes share a clock
 * @param cron Quartz cron expression, six or seven fields
 * @param zone zone in which the expression and the business date are meant
 */
public record ScheduledJob(String name, String owner, String cron, ZoneId zone) {}
