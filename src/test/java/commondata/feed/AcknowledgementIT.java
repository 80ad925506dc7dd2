package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.fault.FaultPoint;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.StartedBy;
import commondata.operate.Alarm;
import commondata.operate.FileEntry;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Files that went out, as the other side takes them, or does not. */
final class AcknowledgementIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);
  private static final String NOT_YOURS =
      "ERROR: job \"carrier-manifest\" belongs to \"shipping_service\", not to login"
          + " \"catalog_service\"";
  private static final String WITHIN = ", acknowledged_within: 2h, keep: 400d";

  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));

  @TempDir private Path directory = Path.of("");
  private Path drop = Path.of("");
  private Path outgoing = Path.of("");
  private Path sent = Path.of("");

  @BeforeEach
  void begin() throws IOException {
    drop = directory.resolve("drop");
    outgoing = drop.resolve("carrier-manifest/outgoing");
    sent = drop.resolve("carrier-manifest/sent");
    DATABASE.superuser().sql("TRUNCATE commondata.run, commondata.file CASCADE").update();
    aJob(WITHIN);
  }

  private void aJob(String more) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/carrier-manifest"));
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        id: carrier-manifest
        owner: shipping_service
        steps:
          - export:
              {query: q.sql, layout: l.yaml, feed: carrier-manifest, name: "m-{run_id}.csv"%s}
        """
            .formatted(more));
    Files.writeString(folder.resolve("q.sql"), "SELECT 'x' AS a");
    Files.writeString(folder.resolve("l.yaml"), "format: csv\ncolumns: [{name: a, type: text}]\n");
  }

  private List<JobDefinition> jobs() {
    return JobCatalog.of(directory.resolve("jobs")).all();
  }

  private JobRunner runner() {
    return new JobRunner(
        JobCatalog.of(directory.resolve("jobs")),
        DATABASE.database(),
        new FileExport(DATABASE.database(), drop),
        "test");
  }

  /** Lets the job send a file; its name. */
  private String send() {
    return send(runner());
  }

  private String send(JobRunner runner) {
    runner.run("carrier-manifest", DAY, StartedBy.HAND, Map.of());
    return latest().name();
  }

  private ExportPoll aNode() {
    return aNode(runner());
  }

  private ExportPoll aNode(JobRunner runner) {
    return ExportPoll.all(jobs(), runner.exporter(), DATABASE.database(), drop).get(0);
  }

  private void acknowledge(String name) throws IOException {
    Files.createFile(outgoing.resolve(name + ".ack"));
  }

  private FileEntry latest() {
    return operate.files("carrier-manifest", null, 1).get(0);
  }

  private List<Alarm> alarms() {
    return operate.alarms(Duration.ofDays(30)).stream()
        .filter(alarm -> alarm.name().startsWith("file-"))
        .toList();
  }

  /** Lets hours go by on the server. */
  private static void wait(int hours) {
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.file
            SET
                finished_at = finished_at - make_interval(hours => :hours),
                acknowledge_by = acknowledge_by - make_interval(hours => :hours),
                acknowledged_at = acknowledged_at - make_interval(hours => :hours)
            """)
        .param("hours", hours)
        .update();
  }

  private static List<String> names(Path directory) {
    return DropDirectory.list(directory).stream().map(DropDirectory::name).toList();
  }

  private static double unacknowledged() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT m.value
            FROM commondata.measures() AS m
            WHERE m.name = 'commondata.files.unacknowledged'
            """)
        .query(Double.class)
        .single();
  }

  @Test
  void movesAFileThatIsAcknowledged() throws IOException {
    String name = send();
    assertThat(latest().state()).isEqualTo("SENT");
    assertThat(aNode().pollOnce()).as("nobody has said anything").isFalse();

    acknowledge(name);
    ExportPoll node = aNode();
    assertThat(node.pollOnce()).isTrue();

    assertThat(names(outgoing)).isEmpty();
    assertThat(sent.resolve(name)).hasContent("a\nx\n");
    assertThat(latest().state()).isEqualTo("ACKNOWLEDGED");
    assertThat(latest().acknowledgedAt()).isAfterOrEqualTo(latest().finishedAt());
    assertThat(node.pollOnce()).isFalse();
    wait(3);
    assertThat(alarms()).isEmpty();
  }

  @Test
  void warnsOfAFileThatNobodyTakesUntilSomebodyDoes() throws IOException {
    String name = send();
    wait(1);
    assertThat(alarms()).as("an hour is left").isEmpty();
    assertThat(unacknowledged()).isZero();

    wait(2);

    FileEntry file = latest();
    assertThat(alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.name()).isEqualTo("file-unacknowledged");
              assertThat(alarm.subject()).isEqualTo("file " + file.id());
              assertThat(alarm.detail())
                  .startsWith(name + " of carrier-manifest went out at ")
                  .contains(name + ".ack", "drop/carrier-manifest/outgoing");
            });
    assertThat(unacknowledged()).isEqualTo(1);
    assertThat(file.acknowledgeBy()).isBefore(Instant.now());

    acknowledge(name);
    aNode().pollOnce();
    assertThat(alarms()).isEmpty();
    assertThat(unacknowledged()).isZero();
  }

  @Test
  void asksForNothingUnlessTheJobDoesAndListensAllTheSame() throws IOException {
    aJob("");
    String name = send();
    wait(10_000);
    assertThat(latest().acknowledgeBy()).isNull();
    assertThat(alarms()).isEmpty();

    acknowledge(name);
    aNode().pollOnce();

    assertThat(names(sent)).containsExactly(name);
    assertThat(latest().state()).isEqualTo("ACKNOWLEDGED");
  }

  @Test
  void takesTheWordOfWhoeverTookTheFileAway() throws IOException {
    String name = send();
    Files.delete(outgoing.resolve(name));
    acknowledge(name);

    assertThat(aNode().pollOnce()).isTrue();

    assertThat(names(outgoing)).isEmpty();
    assertThat(names(sent)).isEmpty();
    assertThat(latest().state()).isEqualTo("ACKNOWLEDGED");
  }

  @Test
  void passesWhatIsNoAcknowledgementAndSaysSoOnce() throws IOException {
    List<String> files = List.of(send(), send(), send(), send());
    Path elsewhere = Files.createFile(directory.resolve("elsewhere"));
    Files.createDirectory(outgoing.resolve(files.get(0) + ".ack"));
    Files.createSymbolicLink(outgoing.resolve(files.get(1) + ".ack"), elsewhere);
    Files.createFile(outgoing.resolve("." + files.get(2) + ".ack"));
    Files.createFile(outgoing.resolve(files.get(2) + ".ack.part"));
    Files.createFile(outgoing.resolve("m-never\n.csv.ack"));
    acknowledge("m-never.csv");
    acknowledge(files.get(3));
    List<String> before = names(outgoing);

    ExportPoll node = aNode();
    List<String> warnings = warningsOf(Acknowledgements.class, () -> pollTwice(node));

    assertThat(warnings)
        .hasSize(4)
        .anyMatch(
            line -> line.contains(files.get(0) + ".ack\" is passed") && line.contains("directory"))
        .anyMatch(line -> line.contains(files.get(1) + ".ack\" is passed") && line.contains("link"))
        .anyMatch(
            line -> line.contains("\"m-never?.csv.ack\"") && line.contains("control character"))
        .anyMatch(
            line -> line.contains("\"m-never.csv.ack\"") && line.contains("no file of the name"));
    assertThat(names(outgoing))
        .containsExactlyElementsOf(
            before.stream().filter(name -> !name.startsWith(files.get(3))).toList());
    assertThat(names(sent)).containsExactly(files.get(3));
    assertThat(operate.files("carrier-manifest", "SENT", 10)).hasSize(3);
  }

  private static void pollTwice(ExportPoll node) {
    node.pollOnce();
    node.pollOnce();
  }

  private static List<String> warningsOf(Class<?> who, Runnable work) {
    Logger logger = (Logger) LoggerFactory.getLogger(who);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      work.run();
    } finally {
      logger.detachAppender(lines);
    }
    return lines.list.stream()
        .filter(line -> line.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"EXPORT_ACKNOWLEDGED", "EXPORT_MOVED"})
  void endsWhatANodeBeganThatDied(FaultPoint deadly) throws IOException {
    String name = send();
    acknowledge(name);
    try (Faults faults = Faults.dieAt(deadly)) {
      assertThat(catchThrowable(() -> aNode().pollOnce())).isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(deadly)).isEqualTo(1);
    }
    assertThat(latest().state()).isEqualTo("ACKNOWLEDGED");
    assertThat(outgoing.resolve(name + ".ack")).exists();
    Instant at = latest().acknowledgedAt();

    assertThat(aNode().pollOnce()).isTrue();

    assertThat(names(outgoing)).isEmpty();
    assertThat(names(sent)).containsExactly(name);
    assertThat(latest().acknowledgedAt()).isEqualTo(at);
  }

  @ParameterizedTest
  @EnumSource(names = {"EXPORT_ACKNOWLEDGED", "EXPORT_MOVED"})
  void doesNothingThatAnotherNodeHasDone(FaultPoint meanwhile) throws IOException {
    List<String> files = List.of(send(), send());
    for (String name : files) {
      acknowledge(name);
    }
    ExportPoll other = aNode();
    AtomicBoolean once = new AtomicBoolean();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == meanwhile && once.compareAndSet(false, true)) {
                other.pollOnce();
              }
            })) {
      assertThat(aNode().pollOnce()).isTrue();
      assertThat(faults.hits(meanwhile)).isGreaterThan(1);
    }

    assertThat(names(outgoing)).isEmpty();
    assertThat(names(sent)).containsExactlyElementsOf(files.stream().sorted().toList());
    assertThat(operate.files("carrier-manifest", "ACKNOWLEDGED", 10)).hasSize(2);
  }

  @Test
  void triesAgainWhatItCouldNotMoveAndGoesOnWithOthers() throws IOException {
    String name = send();
    acknowledge(name);
    ExportPoll node = aNode();
    Files.delete(sent);
    Files.createFile(sent);

    assertThat(warningsOf(Acknowledgements.class, () -> pollTwice(node)))
        .singleElement()
        .asString()
        .contains("is not moved yet");
    assertThat(names(outgoing)).containsExactly(name, name + ".ack");

    Files.delete(sent);
    assertThat(node.pollOnce()).isTrue();
    assertThat(names(sent)).containsExactly(name);
  }

  @Test
  void overwritesNoFileOfBeforeARestore() throws IOException {
    String name = send();
    Files.writeString(sent.resolve(name), "before");
    acknowledge(name);

    aNode().pollOnce();

    assertThat(sent.resolve(name)).hasContent("before");
    assertThat(sent.resolve(name + "-2")).hasContent("a\nx\n");
  }

  @Test
  void givesAFileItsNameAlsoIfItsJobIsNotDue() throws IOException {
    String name = send();
    Files.move(outgoing.resolve(name), new PartFile(outgoing.resolve(name)).path());

    aNode().pollOnce();

    assertThat(names(outgoing)).containsExactly(name);
  }

  @Test
  void goesOnWithOthersIfAFileCantGetItsName() throws IOException {
    List<String> files = List.of(send(), send());
    String third = send();
    for (String name : files) {
      Files.move(outgoing.resolve(name), new PartFile(outgoing.resolve(name)).path());
    }
    Path taken = Files.createDirectory(outgoing.resolve(files.get(0)));
    acknowledge(third);
    JobRunner runner = runner();
    ExportPoll node = aNode(runner);

    assertThat(
            warningsOf(
                OutgoingDirectory.class,
                () -> {
                  pollTwice(node);
                  assertThat(outgoing.resolve(send(runner))).hasContent("a\nx\n");
                }))
        .as("once a node, whoever meets it there")
        .singleElement()
        .asString()
        .contains(files.get(0) + "\" can't get its name");
    assertThat(outgoing.resolve(files.get(1))).hasContent("a\nx\n");
    assertThat(names(sent)).containsExactly(third);

    Files.delete(taken);
    node.pollOnce();
    assertThat(taken).hasContent("a\nx\n");
  }

  @Test
  void removesWhatWasKeptLongEnough() throws IOException {
    String old = send();
    acknowledge(old);
    String silent = send();
    aNode().pollOnce();
    wait(24 * 401);
    String young = send();
    acknowledge(young);
    aNode().pollOnce();
    for (String stranger : List.of("notes.txt", "m-999999999.csv", silent)) {
      Files.writeString(sent.resolve(stranger), "mine");
    }
    SettableClock clock = SettableClock.at(Instant.now().toString());

    FeedUpkeep.of(jobs(), DATABASE.database(), drop, "test", clock).pollOnce();

    assertThat(names(sent))
        .containsExactlyInAnyOrder(young, "notes.txt", "m-999999999.csv", silent);
    assertThat(operate.files("carrier-manifest", null, 10))
        .filteredOn(file -> file.removedAt() != null)
        .extracting(FileEntry::name)
        .containsExactly(old);
    clock.advance(Duration.ofDays(402));
    FeedUpkeep.of(jobs(), DATABASE.database(), drop, "test", clock).pollOnce();
    assertThat(names(sent)).doesNotContain(young);
  }

  @Test
  void keepsEverythingUnlessItIsToldOtherwise() throws IOException {
    aJob("");
    String name = send();
    acknowledge(name);
    aNode().pollOnce();
    SettableClock clock = SettableClock.at("2099-01-01T00:00:00Z");

    FeedUpkeep.of(jobs(), DATABASE.database(), drop, "test", clock).pollOnce();

    assertThat(names(sent)).containsExactly(name);
  }

  @Test
  void letsNobodyElseSpeakForAFeed() {
    String name = send();
    SentLedger foreign = new SentLedger(DATABASE.login("catalog_service"), "carrier-manifest");

    assertThatThrownBy(() -> foreign.acknowledge(List.of(name))).hasRootCauseMessage(NOT_YOURS);
    assertThatThrownBy(() -> foreign.remove(List.of(name), Instant.now()))
        .hasRootCauseMessage(NOT_YOURS);
    assertThat(latest().state()).isEqualTo("SENT");
  }
}
