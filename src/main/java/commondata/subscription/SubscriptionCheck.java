package commondata.subscription;

import commondata.database.Login;
import java.sql.Array;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** Compares the Java half of a subscription with its row, before anything is read. */
public final class SubscriptionCheck {

  private SubscriptionCheck() {}

  /**
   * Passes if the row exists, belongs to the login, and every type of it has a handler.
   *
   * @throws IllegalStateException if not; the message says what to change
   */
  public static void check(Subscription subscription, Login login) {
    Row row =
        login
            .jdbc()
            .sql(
                """
                SELECT owner, types
                FROM commondata.subscription
                WHERE name = :name
                """)
            .param("name", subscription.name())
            .query((rs, n) -> new Row(rs.getString("owner"), types(rs.getArray("types"))))
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
    Set<String> unhandled = new TreeSet<>(row.types);
    unhandled.removeAll(subscription.types());
    if (!subscription.types().isEmpty() && !unhandled.isEmpty()) {
      throw new IllegalStateException(
          "subscription \"%s\" receives %s but has no handler for them"
              .formatted(subscription.name(), unhandled));
    }
  }

  private static Set<String> types(Array array) throws java.sql.SQLException {
    return new TreeSet<>(Arrays.asList((String[]) array.getArray()));
  }

  private record Row(String owner, Set<String> types) {}
}
