package peers;

import peers.Contestant.Maker;

/**
 * A line of the table.
 *
 * @param template database that its own are copies of
 * @param does what can be measured of it
 */
record Entry(String name, Kind kind, String template, Does does, Maker maker) {

  enum Kind {
    PEER,
    BY_HAND,
    /** Does only what everybody has to do as well. */
    LIMIT,
    OURS
  }

  enum Does {
    PUBLISH,
    DRAIN,
    BOTH;

    boolean publishes() {
      return this != DRAIN;
    }

    boolean drains() {
      return this != PUBLISH;
    }
  }

  /** The same, on copies of another database. */
  Entry from(String otherTemplate) {
    return new Entry(name, kind, otherTemplate, does, maker);
  }

  String login() {
    return kind == Kind.OURS ? Commondata.LOGIN : Server.OWNER;
  }
}
