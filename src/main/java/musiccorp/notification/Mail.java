package musiccorp.notification;

import java.time.Instant;
import java.util.UUID;

/** A mail to be written: at most one an event. */
record Mail(UUID eventId, String recipient, String subject, String body, Instant requestedAt) {}
