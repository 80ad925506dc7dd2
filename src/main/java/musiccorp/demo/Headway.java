package musiccorp.demo;

import commondata.database.Login;
import java.util.Set;

/** Reads, under a login that only reads, how far the company is with its work. */
final class Headway {

  private final Login reader;
  private final String[] subscriptions;

  /**
   * @param subscriptions the company's: what others read of the log is no business of the demo
   */
  Headway(Login reader, Set<String> subscriptions) {
    this.reader = reader;
    this.subscriptions = subscriptions.toArray(new String[0]);
  }

  /**
   * How far everything is.
   *
   * @param placed orders of this demo
   * @param open orders, of anybody, in no final state
   * @param held payments that wait for the operator
   * @param waiting events that a subscription has not taken yet
   * @param waitingAt names of those subscriptions
   * @param parked events that wait behind a failed one
   * @param dead open dead letters
   * @param claimed files taken but not loaded
   * @param running runs under way, schedules included
   * @param mails mails that are not written yet
   */
  record State(
      int placed,
      int open,
      int held,
      int waiting,
      String waitingAt,
      int parked,
      int dead,
      int claimed,
      int running,
      int mails) {}

  State state(Story story) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                o.placed,
                o.open,
                (SELECT count(*) FROM payment.payment WHERE state = 'HELD') AS held,
                l.waiting,
                l.waiting_at,
                l.parked,
                l.dead,
                (SELECT count(*) FROM commondata.file WHERE state = 'CLAIMED') AS claimed,
                (
                    SELECT count(*)
                    FROM commondata.run
                    WHERE state = 'RUNNING' AND started_by = 'file'
                ) AS running,
                (SELECT count(*) FROM notification.mail WHERE written_at IS NULL) AS mails
            FROM (
                SELECT
                    count(*) FILTER (
                        WHERE starts_with(order_id, :order_prefix)
                           OR starts_with(idempotency_key, :key_prefix)
                    ) AS placed,
                    count(*) FILTER (
                        WHERE state NOT IN ('DELIVERED', 'CHARGED_BACK', 'CANCELLED', 'REJECTED')
                    ) AS open
                FROM orders.customer_order
            ) AS o
            CROSS JOIN (
                SELECT
                    coalesce(sum(waiting), 0) AS waiting,
                    coalesce(
                        string_agg(subscription, ', ' ORDER BY subscription)
                            FILTER (WHERE waiting > 0),
                        ''
                    ) AS waiting_at,
                    coalesce(sum(parked), 0) AS parked,
                    coalesce(sum(dead), 0) AS dead
                FROM commondata.lag
                WHERE subscription = ANY (:subscriptions)
            ) AS l
            """)
        .param("subscriptions", subscriptions)
        .param("order_prefix", story.orderPrefix())
        .param("key_prefix", story.keyPrefix())
        .query(State.class)
        .single();
  }

  /** Whether events wait for one of the subscriptions. */
  boolean isBehind() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT EXISTS (
                SELECT FROM commondata.lag
                WHERE subscription = ANY (:subscriptions)
                  AND waiting + parked > 0
            )
            """)
        .param("subscriptions", subscriptions)
        .query(Boolean.class)
        .single();
  }
}
