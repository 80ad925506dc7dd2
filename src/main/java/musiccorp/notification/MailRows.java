package musiccorp.notification;

import commondata.database.Login;
import commondata.event.Event;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The statements on {@code notification.mail} and {@code notification.customer}. */
final class MailRows {

  private final Login login;

  MailRows(Login login) {
    this.login = login;
  }

  void register(String customerId, String name, String email) {
    login.write(
        """
        INSERT INTO notification.customer (customer_id, name, email)
        VALUES (?, ?, ?)
        ON CONFLICT (customer_id) DO UPDATE
        SET name = excluded.name, email = excluded.email
        """,
        customerId,
        name,
        email);
  }

  Optional<String> email(String customerId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT email
            FROM notification.customer
            WHERE customer_id = :customer_id
            """)
        .param("customer_id", customerId)
        .query(String.class)
        .optional();
  }

  void insert(Event event, String customerId, String recipient, String subject, String body) {
    login.write(
        """
        INSERT INTO notification.mail (
            event_id,
            order_id,
            customer_id,
            recipient,
            subject,
            body
        )
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (event_id) DO NOTHING
        """,
        event.eventId(),
        event.key(),
        customerId,
        recipient,
        subject,
        body);
  }

  /** Locks mails that are not written yet; other nodes pass them by. */
  List<Mail> lockUnwritten(int limit) {
    return login
        .jdbc()
        .sql(
            """
            SELECT event_id, recipient, subject, body, requested_at
            FROM notification.mail
            WHERE written_at IS NULL
            ORDER BY requested_at
            LIMIT :limit
            FOR UPDATE SKIP LOCKED
            """)
        .param("limit", limit)
        .query(
            (row, n) ->
                new Mail(
                    row.getObject("event_id", UUID.class),
                    row.getString("recipient"),
                    row.getString("subject"),
                    row.getString("body"),
                    row.getObject("requested_at", OffsetDateTime.class).toInstant()))
        .list();
  }

  void markWritten(List<Mail> mails) {
    login
        .jdbc()
        .sql(
            """
            UPDATE notification.mail
            SET written_at = clock_timestamp()
            WHERE event_id = ANY (:event_ids)
            """)
        .param("event_ids", mails.stream().map(Mail::eventId).toArray(UUID[]::new), Types.ARRAY)
        .update();
  }
}
