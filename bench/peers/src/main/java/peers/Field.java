package peers;

import commondata.database.Migrator;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import peers.Commondata.Handling;
import peers.Contestant.Pace;
import peers.Entry.Does;
import peers.Entry.Kind;

/** Everybody who takes part, and who of them in what. */
final class Field {

  private static final String OURS = "Commondata";
  private static final String GRUELBOX = "gruelbox transaction-outbox";
  private static final String DB_SCHEDULER = "db-scheduler";
  private static final String NAMASTACK = "namastack-outbox";
  private static final String MODULITH = "Spring Modulith";
  private static final String SKIP_LOCKED = "SKIP LOCKED on row state";
  private static final String LOG = "log + cursor, loses events";
  private static final String EFFECTS = "effects alone";

  private static final String PLAIN = "peers_plain";
  private static final String SCHEDULER = "peers_scheduler";
  private static final String HAND = "peers_hand";
  private static final String PRODUCT = "peers_product";

  private final List<String> names;

  private Field(List<String> names) {
    this.names = names;
  }

  /** Those whose name holds one of {@code names}, with the databases they are made from. */
  static Field of(Server server, List<String> names) throws SQLException {
    server.make(PLAIN, "/peers/tables.sql");
    server.make(SCHEDULER, "/peers/tables.sql", "/peers/db-scheduler.sql");
    server.make(HAND, "/peers/tables.sql", "/peers/by-hand.sql");
    server.make(PRODUCT, "/peers/tables.sql");
    Place product = server.place(PRODUCT, Server.OWNER);
    new Migrator(
            product.url(),
            product.login(),
            product.passwords(),
            Migrator.IN_JAR,
            "classpath:peers/migration")
        .migrate();
    return new Field(names);
  }

  Report report() {
    return new Report(OURS, names(Kind.PEER), names(Kind.BY_HAND), names(Kind.LIMIT));
  }

  private List<String> names(Kind kind) {
    return entries().stream().filter(entry -> entry.kind() == kind).map(Entry::name).toList();
  }

  /** All, in the order of a round. */
  List<Entry> entries() {
    return chosen(
        peer(GRUELBOX, PLAIN, Gruelbox::new),
        peer(DB_SCHEDULER, SCHEDULER, DbScheduler::new),
        ours(Handling.ONE_BY_ONE),
        peer(NAMASTACK, PLAIN, Namastack::new),
        peer(MODULITH, PLAIN, SpringModulith::new),
        hand(SKIP_LOCKED, SkipLocked::new),
        hand(LOG, s -> new LogAndCursor(s, Effects.ONE_BY_ONE)),
        new Entry("business row alone", Kind.LIMIT, HAND, Does.PUBLISH, BusinessOnly::new),
        limit(Effects.ONE_BY_ONE));
  }

  /** Those whose backlog can be made at once. */
  List<Entry> fillable(Effects effects) {
    Handling handling =
        switch (effects) {
          case ONE_BY_ONE -> Handling.ONE_BY_ONE;
          case TOGETHER -> Handling.WRITES_TOGETHER;
          case ONE_STATEMENT -> Handling.BATCH;
        };
    return chosen(ours(handling), hand(LOG, s -> new LogAndCursor(s, effects)), limit(effects));
  }

  /** Those who can handle at that pace: namastack is not woken, the others of them do not poll. */
  List<Entry> waiting(Pace pace) {
    return pace == Pace.POLL
        ? named(DB_SCHEDULER, OURS, NAMASTACK)
        : named(GRUELBOX, DB_SCHEDULER, OURS, MODULITH);
  }

  /** Ours between the two fastest peers; like the others, they store a row a reader. */
  List<Entry> fanningOut() {
    return named(GRUELBOX, DB_SCHEDULER, OURS);
  }

  List<Entry> writingTogether() {
    return chosen(ours(Handling.WRITES_TOGETHER));
  }

  List<Entry> forHeldSnapshot() {
    return named(OURS, SKIP_LOCKED, LOG);
  }

  List<Entry> ours() {
    return named(OURS);
  }

  List<Entry> acrossProcesses() {
    return chosen(new Entry(OURS, Kind.OURS, PRODUCT, Does.BOTH, TwoProcesses::new));
  }

  List<Entry> withoutSlowPart() {
    return chosen(ours(Handling.BATCH));
  }

  List<Entry> withSlowPart() {
    return chosen(ours(Handling.SLOW_IN_ONE_PART));
  }

  private List<Entry> named(String... wanted) {
    return entries().stream().filter(entry -> List.of(wanted).contains(entry.name())).toList();
  }

  private List<Entry> chosen(Entry... entries) {
    return Stream.of(entries)
        .filter(entry -> names.stream().anyMatch(entry.name()::contains))
        .toList();
  }

  private static Entry ours(Handling handling) {
    return new Entry(OURS, Kind.OURS, PRODUCT, Does.BOTH, s -> new Commondata(s, handling, false));
  }

  private static Entry limit(Effects effects) {
    return new Entry(EFFECTS, Kind.LIMIT, HAND, Does.DRAIN, s -> new EffectsOnly(s, effects));
  }

  private static Entry peer(String name, String template, Contestant.Maker maker) {
    return new Entry(name, Kind.PEER, template, Does.BOTH, maker);
  }

  private static Entry hand(String name, Contestant.Maker maker) {
    return new Entry(name, Kind.BY_HAND, HAND, Does.BOTH, maker);
  }
}
