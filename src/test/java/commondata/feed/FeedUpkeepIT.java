package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.Alarm;
import commondata.operate.ExpectedFile;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Files that must come, and files that were kept long enough. */
final class FeedUpkeepIT {

  /** A Monday; the server's clock is behind it. */
  private static final String MONDAY = "2099-04-06T12:00:00Z";

  private static final String NAME = ", name: '.*-(?<business_date>\\d{4}-\\d{2}-\\d{2})\\.csv'";
  private static final String EXPECT =
      NAME + ", expect: {cutoff: '05:15', zone: Europe/London, calendar: gb-eng, days: 1}";
  private static final Act ANN = new Act("ann", "the bank is closed");

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at(MONDAY);
  private final Operate operate =
      new Operate(DATABASE.login(Operate.READER), () -> DATABASE.login(Operate.OPERATOR));
  @TempDir private Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    LargeFeed.makeTables(DATABASE);
  }

  @BeforeEach
  void empty() {
    feed("").empty();
    DATABASE.superuser().sql("TRUNCATE commondata.expected_file").update();
  }

  private LargeFeed feed(String more) {
    return new LargeFeed(DATABASE, drop, clock, "append").with(more);
  }

  private static void upkeep(LargeFeed feed, SettableClock clock) {
    assertThat(new FeedUpkeep(List.of(feed.feed()), List.of(), clock).pollOnce()).isFalse();
  }

  private List<ExpectedFile> expected() {
    return operate.expectedFiles("append", null, 100);
  }

  private List<Alarm> alarms() {
    return operate.alarms(Duration.ofDays(30)).stream()
        .filter(alarm -> alarm.name().startsWith("file-"))
        .toList();
  }

  /** Makes the one that is due first due a day ago, by the server's clock. */
  private LocalDate makeLate() {
    return DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.expected_file
            SET due_at = clock_timestamp() - interval '1 day'
            WHERE business_date = (SELECT min(business_date) FROM commondata.expected_file)
            RETURNING business_date
            """)
        .query(LocalDate.class)
        .single();
  }

  @Test
  void aFileWhoseNameHasNoDateIsOfTheDayOnWhichItIsExpected() throws IOException {
    // Where it is another day than in UTC.
    boolean isMorning = Instant.now().atOffset(ZoneOffset.UTC).getHour() < 12;
    String zone = isMorning ? "Etc/GMT+12" : "Pacific/Kiritimati";
    LargeFeed feed = feed(", expect: {cutoff: '09:00', zone: %s, calendar: nz}".formatted(zone));
    feed.drop("a.csv", LargeFeed.records(3));
    Instant came = DropDirectory.cameAt(feed.incoming("a.csv")).toInstant();
    LocalDate day = LocalDate.ofInstant(came, ZoneId.of(zone));
    clock.set(came);

    DryRunOutcome outcome = feed.dryRun().of(feed.incoming("a.csv"), clock, 1);
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(((DryRunOutcome.Tried) outcome).businessDate()).isEqualTo(day);
    assertThat(feed.query("SELECT CAST(f.business_date AS text) FROM commondata.file AS f"))
        .containsExactly(day.toString());
  }

  @Test
  void expectsAFileForEachBusinessDayOfTheNextTwoWeeks() {
    upkeep(feed(EXPECT), clock);

    // Good Friday and Easter Monday are the 10th and the 13th.
    assertThat(expected())
        .extracting(ExpectedFile::businessDate)
        .contains(LocalDate.of(2099, 4, 9), LocalDate.of(2099, 4, 14))
        .doesNotContain(
            LocalDate.of(2099, 4, 10), LocalDate.of(2099, 4, 11), LocalDate.of(2099, 4, 13));
    assertThat(expected())
        .filteredOn(each -> each.businessDate().equals(LocalDate.of(2099, 4, 9)))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.dueAt()).isEqualTo(Instant.parse("2099-04-14T04:15:00Z"));
              assertThat(each.state()).isEqualTo("EXPECTED");
              assertThat(each.late()).isFalse();
            });
  }

  @Test
  void saysItOnceHoweverOftenAndFollowsTheJob() {
    upkeep(feed(EXPECT), clock);
    List<ExpectedFile> before = expected();
    upkeep(feed(EXPECT), clock);
    assertThat(expected()).isEqualTo(before);

    upkeep(feed(EXPECT.replace("05:15", "06:30")), clock);
    assertThat(expected())
        .hasSameSizeAs(before)
        .allSatisfy(each -> assertThat(each.dueAt().toString()).contains(":30:00Z"));

    LocalDate late = makeLate();
    upkeep(feed(""), clock);
    assertThat(expected())
        .as("what was due stays")
        .extracting(ExpectedFile::businessDate)
        .containsExactly(late);
  }

  @Test
  void warnsOfALateFileUntilItIsLoaded() {
    LargeFeed feed = feed(EXPECT);
    upkeep(feed, clock);
    LocalDate late = makeLate();
    assertThat(alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.name()).isEqualTo("file-late");
              assertThat(alarm.subject()).isEqualTo("append of " + late);
              assertThat(alarm.detail()).contains("./commondata file waive append " + late);
            });
    assertThat(operate.expectedFiles("append", "LATE", 10))
        .extracting(ExpectedFile::businessDate)
        .containsExactly(late);
    assertThat(measured("commondata.files.late")).isEqualTo(1);

    feed.drop("bad-%s.csv".formatted(late), "id,n\n");
    feed.drop("good-%s.csv".formatted(late), LargeFeed.records(3));
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(alarms()).isEmpty();
    assertThat(measured("commondata.files.late")).isZero();
    assertThat(operate.expectedFiles("append", "ARRIVED", 10))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.late()).isTrue();
              assertThat(operate.file(each.file() == null ? 0 : each.file()).orElseThrow().name())
                  .startsWith("good");
            });
  }

  @Test
  void aDayThatCameInTimeIsNotLateOnceItsFileIsSuperseded() {
    LargeFeed feed = feed(", supersede: business-date" + EXPECT);
    upkeep(feed, clock);
    String day = feed.one("SELECT min(business_date)::text FROM commondata.expected_file");
    feed.load("a-%s.csv".formatted(day), LargeFeed.records(3));
    makeDue(feed);

    feed.load(
        "b-%s.csv".formatted(day), LargeFeed.records(4).replace("-0000-4000-", "-0001-4000-"));

    assertThat(feed.query("SELECT state FROM commondata.file ORDER BY id"))
        .containsExactly("SUPERSEDED", "LOADED");
    assertThat(operate.expectedFiles("append", "ARRIVED", 10))
        .singleElement()
        .extracting(ExpectedFile::late)
        .isEqualTo(false);
  }

  /** The time by which a file must come is now. */
  private static void makeDue(LargeFeed feed) {
    assertThat(
            feed.query(
                """
                UPDATE commondata.expected_file
                SET due_at = clock_timestamp()
                RETURNING 'due'
                """))
        .contains("due");
  }

  @Test
  void countsADayWhoseContentWasLoadedBefore() {
    LargeFeed feed = feed(EXPECT);
    feed.drop("empty-2099-01-01.csv", "id,n\n#T,0,0\n");
    CatalogFeed.untilQuiet(feed.poll());
    upkeep(feed, clock);
    LocalDate late = makeLate();

    feed.drop("empty-%s.csv".formatted(late), "id,n\n#T,0,0\n");
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.query("SELECT state FROM commondata.file ORDER BY id"))
        .containsExactly("LOADED", "DUPLICATE");
    assertThat(alarms()).isEmpty();
    assertThat(operate.expectedFiles("append", "ARRIVED", 10))
        .extracting(ExpectedFile::businessDate)
        .containsExactly(late);
  }

  @Test
  void removesPlacesThatANodeLeftEmptyWhenItDied() throws IOException {
    LargeFeed feed = feed("");
    Path claimed = drop.resolve("append").resolve("claimed");
    for (String place : List.of("7", "8.left", "9.full", "10.begun", "other")) {
      Files.createDirectory(claimed.resolve(place));
    }
    Files.writeString(claimed.resolve("9.full").resolve("a.csv"), "id,n\n");
    for (String place : List.of("7", "8.left", "9.full", "other")) {
      Files.setLastModifiedTime(
          claimed.resolve(place), FileTime.from(clock.instant().minus(Duration.ofHours(2))));
    }
    Files.setLastModifiedTime(claimed.resolve("10.begun"), FileTime.from(clock.instant()));

    upkeep(feed, clock);

    assertThat(DropDirectory.list(claimed))
        .extracting(DropDirectory::name)
        .containsExactly("10.begun", "9.full", "other");
  }

  @Test
  void warnsOfEventsThatFail() {
    LargeFeed feed = feed("");
    feed.drop("a.csv", LargeFeed.records(1));
    CatalogFeed.untilQuiet(feed.poll());
    feed.query(
        """
        INSERT INTO commondata.file_events (file, next_line, end_line, failure)
        SELECT f.id, 7, 9, 'no such table'
        FROM commondata.file AS f
        RETURNING 'owed'
        """);

    assertThat(alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.name()).isEqualTo("file-events");
              assertThat(alarm.detail()).contains("lines from 7", "append", "no such table");
            });
  }

  @Test
  void saysNothingMoreOfADayThatAnOperatorWaived() {
    upkeep(feed(EXPECT), clock);
    LocalDate late = makeLate();

    assertThat(operate.waive("append", late, ANN)).isTrue();
    assertThat(operate.waive("append", late, ANN)).as("a second time").isFalse();
    assertThat(operate.waive("append", LocalDate.of(2000, 1, 1), ANN)).isFalse();

    assertThat(alarms()).isEmpty();
    assertThat(operate.expectedFiles("append", "WAIVED", 10)).hasSize(1);
    assertThat(operate.acts("feed append of " + late, 10))
        .singleElement()
        .satisfies(act -> assertThat(act.reason()).isEqualTo("the bank is closed"));
  }

  @Test
  void warnsOfAHeldFile() {
    LargeFeed feed = feed(", name: 'f(?<sequence>\\d+)\\.csv'");
    feed.drop("f2.csv", LargeFeed.records(1));
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(alarms())
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.name()).isEqualTo("file-held");
              assertThat(alarm.detail())
                  .startsWith("f2.csv of append: E-SEQ-GAP")
                  .contains("./commondata file release ");
            });
    assertThat(measured("commondata.files.held")).isEqualTo(1);
  }

  private static double measured(String name) {
    return DATABASE
        .superuser()
        .sql("SELECT m.value FROM commondata.measures() AS m WHERE m.name = :name")
        .param("name", name)
        .query(Double.class)
        .single();
  }

  @Test
  void removesWhatWasKeptLongEnough() throws IOException {
    LargeFeed feed = feed(", keep: 400d");
    end(feed, "old");
    clock.advance(Duration.ofDays(300));
    end(feed, "young");
    Files.createDirectory(feed.incoming("refused.csv"));
    CatalogFeed.untilQuiet(feed.poll());
    clock.advance(Duration.ofDays(101));
    reasonsAreOld("old");

    upkeep(feed, clock);

    assertThat(feed.query("SELECT name FROM commondata.file WHERE removed_at IS NOT NULL"))
        .containsExactlyInAnyOrder("old-a.csv", "old-b.csv", "old-bad.csv");
    assertThat(names("archive")).hasSize(2).allMatch(name -> name.contains("young"));
    assertThat(names("rejected"))
        .allMatch(name -> name.contains("young") || name.contains("refused"));
    assertThat(drop.resolve("append/rejected/refused-refused.csv")).isDirectory();
    assertThat(drop.resolve("append/archive/2099")).doesNotExist();
    assertThat(feed.query("SELECT name FROM commondata.file")).as("rows stay").hasSize(6);
  }

  /** One file that is loaded, a duplicate of it, one that is refused. */
  private void end(LargeFeed feed, String age) {
    String good = LargeFeed.records(age.length());
    feed.drop(age + "-a.csv", good);
    feed.drop(age + "-b.csv", good);
    feed.drop(age + "-bad.csv", "id,n\n" + age);
    DATABASE.superuser().sql("TRUNCATE catalog.large").update();
    CatalogFeed.untilQuiet(feed.poll());
  }

  /** The kit writes reasons by the machine's clock. */
  private void reasonsAreOld(String age) throws IOException {
    Instant now = clock.instant();
    for (String name : names("rejected")) {
      Instant at =
          now.minus(Duration.ofDays(name.contains(age) || name.contains("refused") ? 401 : 101));
      Files.setLastModifiedTime(drop.resolve("append/rejected").resolve(name), FileTime.from(at));
    }
  }

  private List<String> names(String directory) throws IOException {
    try (var paths = Files.walk(drop.resolve("append").resolve(directory))) {
      return paths.filter(Files::isRegularFile).map(DropDirectory::name).sorted().toList();
    }
  }

  @Test
  void keepsEverythingUnlessItIsToldOtherwise() throws IOException {
    LargeFeed feed = feed("");
    end(feed, "old");
    clock.advance(Duration.ofDays(10_000));

    upkeep(feed, clock);

    assertThat(names("archive")).hasSize(2);
    assertThat(names("rejected")).hasSize(2);
  }

  @Test
  void goesOnWhereANodeDiedBeforeItRemoved() throws IOException {
    LargeFeed feed = feed(", keep: 1d");
    end(feed, "old");
    clock.advance(Duration.ofDays(10));
    DATABASE.superuser().sql("UPDATE commondata.file SET removed_at = clock_timestamp()").update();

    upkeep(feed, clock);

    assertThat(names("archive")).isEmpty();
  }

  @Test
  void followsNoLinkAndLeavesStrangersAlone(@TempDir Path elsewhere) throws IOException {
    LargeFeed feed = feed(", keep: 1d");
    end(feed, "old");
    Path archive = drop.resolve("append/archive");
    Path outside = Files.createDirectories(elsewhere.resolve("01/01"));
    Path precious = Files.writeString(outside.resolve("1-old-a.csv"), "precious");
    Files.createSymbolicLink(archive.resolve("2001"), elsewhere);
    Path day = Files.createDirectories(archive.resolve("2002/01/01"));
    Files.createSymbolicLink(
        day.resolve(feed.one("SELECT min(id)::text FROM commondata.file") + "-link.csv"), precious);
    Path stranger = Files.writeString(day.resolve("notes.txt"), "mine");
    clock.advance(Duration.ofDays(10));

    upkeep(feed, clock);

    assertThat(precious).hasContent("precious");
    assertThat(day.toFile().list()).containsExactly("notes.txt");
    assertThat(stranger).hasContent("mine");
  }

  @Test
  void leavesFilesOnTheirWayAlone() throws IOException {
    LargeFeed feed = feed(", keep: 1d");
    end(feed, "old");
    DATABASE
        .superuser()
        .sql("UPDATE commondata.file SET state = 'HELD' WHERE name = 'old-a.csv'")
        .update();
    clock.advance(Duration.ofDays(10));

    upkeep(feed, clock);

    assertThat(names("archive")).singleElement().asString().endsWith("-old-a.csv");
  }
}
