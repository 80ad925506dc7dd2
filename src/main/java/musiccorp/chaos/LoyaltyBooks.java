package musiccorp.chaos;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the SQL service loyalty has made of the payments: each is booked once, and who has reached a
 * tier was told so once, in the order of the tiers.
 */
final class LoyaltyBooks {

  private static final int SAMPLE = 3;

  private static final String UNBOOKED =
      """
      SELECT format('loyalty: %%s of order "%%s" was booked %%s times', o.type, o.key, count(e.*))
      FROM commondata.outbox AS o
      LEFT JOIN loyalty.entry AS e
          ON e.event_id = o.event_id
         AND e.points = floor((o.payload ->> 'amount')::numeric)
                 * CASE o.type WHEN 'payment.received' THEN 1 ELSE -1 END
      WHERE o.type IN ('payment.received', 'payment.refunded', 'payment.charged-back')
      GROUP BY
          o.id,
          o.type,
          o.key
      HAVING count(e.*) <> 1
      LIMIT %d
      """;

  private static final String SUMS =
      """
      SELECT format('loyalty: "%%s" has %%s points of %%s', a.customer_id, a.points, sum(e.points))
      FROM loyalty.account AS a
      LEFT JOIN loyalty.entry AS e USING (customer_id)
      GROUP BY a.customer_id
      HAVING a.points IS DISTINCT FROM sum(e.points)
      LIMIT %d
      """;

  private static final String TIERS =
      """
      SELECT format('loyalty: "%%s" is %%s and was told %%s', a.customer_id, a.tier, t.told)
      FROM loyalty.account AS a
      CROSS JOIN LATERAL (
          SELECT coalesce(string_agg(o.payload ->> 'tier', ', ' ORDER BY p.part, p.seq), 'NONE')
          FROM commondata.outbox AS o
          JOIN commondata.log_position AS p ON p.id = o.id
          WHERE o.type = 'loyalty.tier-reached'
            AND o.key = a.customer_id
      ) AS t (told)
      WHERE t.told <> CASE a.tier WHEN 'GOLD' THEN 'SILVER, GOLD' ELSE a.tier END
      LIMIT %d
      """;

  private final ChaosServer server;

  LoyaltyBooks(ChaosServer server) {
    this.server = server;
  }

  long entries() throws SQLException {
    return server.number("SELECT count(*) FROM loyalty.entry");
  }

  List<String> complaints() throws SQLException {
    List<String> complaints = new ArrayList<>();
    for (String question : List.of(UNBOOKED, SUMS, TIERS)) {
      complaints.addAll(server.lines(question.formatted(SAMPLE)));
    }
    return complaints;
  }
}
