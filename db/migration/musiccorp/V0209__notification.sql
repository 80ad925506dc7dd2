-- Notification. A mail is first a row (the intent, in the handler's commit) and then a file in the
-- mail drop, written by a poll: at least once, under a name that makes a second write harmless.
-- Written under the login notification_service. mail_to_write serves that poll.

CREATE SCHEMA notification;
COMMENT ON SCHEMA notification IS 'Service notification: mail to customers';

CREATE TABLE notification.customer (
    customer_id text PRIMARY KEY,
    name        text NOT NULL,
    email       text NOT NULL
);
COMMENT ON TABLE notification.customer IS 'Whom to write to, from customer.registered';
COMMENT ON COLUMN notification.customer.customer_id IS 'Customer';
COMMENT ON COLUMN notification.customer.name IS 'Name';
COMMENT ON COLUMN notification.customer.email IS 'Address';

CREATE TABLE notification.mail (
    event_id     uuid        PRIMARY KEY,
    order_id     text,
    customer_id  text        NOT NULL,
    recipient    text        NOT NULL,
    subject      text        NOT NULL,
    body         text        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    written_at   timestamptz
);
CREATE INDEX mail_to_write ON notification.mail (requested_at) WHERE written_at IS NULL;
CREATE INDEX mail_by_order ON notification.mail (order_id);
CREATE INDEX mail_by_customer ON notification.mail (customer_id);
COMMENT ON TABLE notification.mail IS 'One row a mail: at most one an event';
COMMENT ON COLUMN notification.mail.event_id IS 'Event that caused it; also the file''s name';
COMMENT ON COLUMN notification.mail.order_id IS 'Order, if it is about one';
COMMENT ON COLUMN notification.mail.customer_id IS 'Customer';
COMMENT ON COLUMN notification.mail.recipient IS 'Address';
COMMENT ON COLUMN notification.mail.subject IS 'Subject';
COMMENT ON COLUMN notification.mail.body IS 'Text';
COMMENT ON COLUMN notification.mail.requested_at IS 'When the event was handled';
COMMENT ON COLUMN notification.mail.written_at IS 'When the file was written';

GRANT USAGE ON SCHEMA notification TO notification_service, commondata_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA notification TO notification_service;
GRANT SELECT ON ALL TABLES IN SCHEMA notification TO commondata_reader;
SELECT commondata.create_subscription(
    'notification',
    'notification_service',
    ARRAY[
        'customer.registered', 'order.packaged', 'order.delivered', 'order.rejected',
        'order.cancelled', 'payment.charged-back'
    ]);
