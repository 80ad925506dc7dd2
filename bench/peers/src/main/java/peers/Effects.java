package peers;

/** How a handler's effect rows get to the server, one of each event. */
enum Effects {
  /** A statement and a round trip an event: what peers do, each in a transaction of its own. */
  ONE_BY_ONE,
  /** A statement an event; those of a batch go together, as one JDBC batch. */
  TOGETHER,
  /** One statement for all events of a batch. */
  ONE_STATEMENT
}
