package commondata.feed;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Ends the load of a node that stands still, or that the network has lost, in the midst of a COPY.
 * Elsewhere in a transaction the server does so after a minute in which nothing is said; in a COPY
 * it waits for the next row as long as the connection seems to be there, and so do the locks. The
 * rows of a COPY are in memory before it begins: one that waits for its node has lost it.
 */
final class StandingLoads {

  /** Far longer than it takes to send what fits into memory. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(StandingLoads.class);

  /** The lock on a run, and nothing else, tells a load from other COPYs of this login. */
  private static final String END =
      """
      SELECT pg_terminate_backend(a.pid)
      FROM pg_stat_activity AS a
      JOIN pg_locks AS l ON l.pid = a.pid
      WHERE EXISTS (
              SELECT
              FROM commondata.run AS r
              WHERE r.job = ?
                AND r.state = 'RUNNING'
                AND r.started_at < clock_timestamp() - make_interval(secs => ?)
          )
        AND a.usename = current_user
        AND a.datname = current_database()
        AND a.state = 'active'
        AND a.wait_event = 'ClientRead'
        AND a.query LIKE 'COPY % FROM STDIN'
        AND a.query_start < clock_timestamp() - make_interval(secs => ?)
        AND l.relation = CAST('commondata.run' AS regclass)
        AND l.mode = 'RowShareLock'
      """;

  private final String feed;
  private final JdbcTemplate jdbc;
  private final long seconds;

  StandingLoads(Feed feed, Duration patience) {
    this.feed = feed.name();
    this.jdbc = new JdbcTemplate(feed.login().dataSource());
    this.seconds = patience.toSeconds();
  }

  /** For a feed that is busy: the next poll finds it free if it was only held. */
  void end() {
    int ended = jdbc.queryForList(END, Boolean.class, feed, seconds, seconds).size();
    if (ended > 0) {
      LOG.warn("{}: a node stands still in the midst of a COPY; its connection is ended", feed);
    }
  }
}
