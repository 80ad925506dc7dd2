package commondata.subscription;

import commondata.database.Login;
import java.sql.Array;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares the Java half of a subscription with its row, before anything is read. */
public final class SubscriptionCheck {

  private SubscriptionCheck() {}

  /**
   * Passes if no two have one name.
   *
   * @throws IllegalStateException if two have; the message names their types
   */
  public static void checkNames(List<Subscription> subscriptions) {
    Map<String, Subscription> byName = new HashMap<>();
    for (Subscription each : subscriptions) {
      Subscription other = byName.put(each.name(), each);
      if (other != null) {
        throw new IllegalStateException(
            "two subscriptions are named \"%s\", one handles %s, the other %s: they would share one position and each see half of the events. Name them differently, each with a row of its own"
                .formatted(each.name(), new TreeSet<>(other.types()), new TreeSet<>(each.types())));
      }
    }
  }

  /**
   * Passes if keys lie in the parts that the log was installed with. A node that runs looks again
   * each minute, by its alarms.
   *
   * @throws IllegalStateException if not
   */
  public static void checkParts(Login login) {
    String wrong =
        login
            .jdbc()
            .sql(
                """
                SELECT commondata.changed_parts()
                """)
            .query(String.class)
            .optional()
            .orElse(null);
    if (wrong != null) {
      throw new IllegalStateException(wrong);
    }
  }

  /**
   * Passes if the row exists, belongs to the login, and every type of it has a handler, and every
   * handler a type, or one that the row had: events of it may be parked.
   *
   * @throws IllegalStateException if not; the message says what to change
   */
  public static void check(Subscription subscription, Login login) {
    Row row =
        login
            .jdbc()
            .sql(
                """
                SELECT
                    s.owner,
                    s.types,
                    ARRAY(
                        SELECT DISTINCT t.type
                        FROM commondata.type_change AS t
                        WHERE t.subscription = s.name
                    ) AS changed
                FROM commondata.subscription AS s
                WHERE s.name = :name
                """)
            .param("name", subscription.name())
            .query(
                (rs, n) ->
                    new Row(
                        rs.getString("owner"),
                        types(rs.getArray("types")),
                        types(rs.getArray("changed"))))
            .optional()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "subscription \"%s\" has no row in commondata.subscription: create it in a"
                                .formatted(subscription.name())
                            + " migration with commondata.create_subscription"));
    if (!row.owner.equals(login.name())) {
      throw new IllegalStateException(
          "subscription \"%s\" belongs to login \"%s\", the application says \"%s\""
              .formatted(subscription.name(), row.owner, login.name()));
    }
    Set<String> unreceived = new TreeSet<>(subscription.types());
    unreceived.removeAll(row.types);
    unreceived.removeAll(row.changed);
    if (!unreceived.isEmpty()) {
      throw new IllegalStateException(
          "subscription \"%s\" has handlers for %s, but its row in commondata.subscription receives only %s: take them away, or let a migration add the types with commondata.change_subscription"
              .formatted(subscription.name(), unreceived, row.types));
    }
    Set<String> unhandled = new TreeSet<>(row.types);
    unhandled.removeAll(subscription.types());
    if (!subscription.types().isEmpty() && !unhandled.isEmpty()) {
      throw new IllegalStateException(
          "subscription \"%s\" receives %s but has no handler for them: add handlers, start the newer program if there is one, or let a migration take the types away with commondata.change_subscription"
              .formatted(subscription.name(), unhandled));
    }
  }

  private static Set<String> types(Array array) throws java.sql.SQLException {
    return new TreeSet<>(Arrays.asList((String[]) array.getArray()));
  }

  private record Row(String owner, Set<String> types, Set<String> changed) {}
}
