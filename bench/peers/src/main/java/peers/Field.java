package peers;

import commondata.database.Migrator;
import java.sql.SQLException;
import java.util.List;
import peers.Entry.Does;
import peers.Entry.Kind;

/** Everybody who takes part. */
final class Field {

  static final String OURS = "Commondata";

  private static final String PLAIN = "peers_plain";
  private static final String SCHEDULER = "peers_scheduler";
  private static final String HAND = "peers_hand";
  private static final String PRODUCT = "peers_product";

  private final List<Entry> entries;

  private Field(List<Entry> entries) {
    this.entries = entries;
  }

  /** Those whose name holds one of {@code names}, with the databases they are made from. */
  static Field of(Server server, List<String> names) throws SQLException {
    prepare(server);
    return new Field(
        everybody().stream()
            .filter(entry -> names.stream().anyMatch(entry.name()::contains))
            .toList());
  }

  /** In the order of a round. */
  List<Entry> entries() {
    return entries;
  }

  Report report() {
    return new Report(OURS, names(Kind.PEER), names(Kind.BY_HAND), names(Kind.LIMIT));
  }

  private List<String> names(Kind kind) {
    return entries.stream().filter(entry -> entry.kind() == kind).map(Entry::name).toList();
  }

  private static List<Entry> everybody() {
    return List.of(
        peer("gruelbox transaction-outbox", PLAIN, Gruelbox::new),
        peer("db-scheduler", SCHEDULER, DbScheduler::new),
        new Entry(OURS, Kind.OURS, PRODUCT, Does.BOTH, s -> new Commondata(s, false)),
        peer("namastack-outbox", PLAIN, Namastack::new),
        peer("Spring Modulith", PLAIN, SpringModulith::new),
        hand("SKIP LOCKED on row state", Does.BOTH, SkipLocked::new),
        hand("log + cursor, loses events", Does.BOTH, s -> new LogAndCursor(s, false)),
        limit("business row alone", Does.PUBLISH, BusinessOnly::new),
        limit("effects alone", Does.DRAIN, s -> new EffectsOnly(s, false)));
  }

  /** Those whose backlog is made at once, for large ones; with batch handlers. */
  static List<Entry> batchEntries() {
    return List.of(
        new Entry(OURS, Kind.OURS, PRODUCT, Does.DRAIN, s -> new Commondata(s, true)),
        hand("log + cursor, loses events", Does.DRAIN, s -> new LogAndCursor(s, true)),
        limit("effects alone", Does.DRAIN, s -> new EffectsOnly(s, true)));
  }

  private static Entry peer(String name, String template, Contestant.Maker maker) {
    return new Entry(name, Kind.PEER, template, Does.BOTH, maker);
  }

  private static Entry hand(String name, Does does, Contestant.Maker maker) {
    return new Entry(name, Kind.BY_HAND, HAND, does, maker);
  }

  private static Entry limit(String name, Does does, Contestant.Maker maker) {
    return new Entry(name, Kind.LIMIT, HAND, does, maker);
  }

  /** Makes the databases that those of the entries are copied from. */
  private static void prepare(Server server) throws SQLException {
    server.make(PLAIN, "tables.sql");
    server.make(SCHEDULER, "tables.sql", "db-scheduler.sql");
    server.make(HAND, "tables.sql", "by-hand.sql");
    server.make(PRODUCT, "tables.sql");
    Place product = server.place(PRODUCT, Server.OWNER);
    new Migrator(
            product.url(),
            product.login(),
            product.passwords(),
            Migrator.IN_JAR,
            "classpath:peers/migration")
        .migrate();
  }
}
