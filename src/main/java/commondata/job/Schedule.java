package commondata.job;

import java.time.ZoneId;

/**
 * When a job starts by itself.
 *
 * @param cron Quartz cron expression, seconds first
 * @param zone zone of the expression, and of the business date it gives
 */
public record Schedule(String cron, ZoneId zone) {}
