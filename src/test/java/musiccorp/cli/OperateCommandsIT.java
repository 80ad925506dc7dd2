package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import commondata.database.Login;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;
import tools.jackson.databind.JsonNode;

final class OperateCommandsIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @BeforeAll
  static void settle() {
    SettledWorld.write(INSTALLATION.owner());
  }

  @Test
  void checkIsGreenInASettledWorld() {
    Outcome outcome = INSTALLATION.run("check", "--json");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(outcome.json().get("violations").asLong()).isZero();
    assertThat(outcome.json().get("unsettled").asLong()).isZero();
    assertThat(outcome.json().get("invariants").asInt())
        .isEqualTo(outcome.json().get("results").size())
        .isGreaterThan(30);
    assertThat(outcome.err()).contains("hold");
  }

  @Test
  void traceDrawsWaitsByTime() {
    Outcome outcome = INSTALLATION.run("trace", "o2");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(outcome.out())
        .contains("o2: ")
        .containsPattern("·+ \\d+ ms")
        .contains("receipt order.placed: handled by payment on n1")
        .contains("file store.csv: store-orders, line 2");
    assertThat(outcome.err()).contains(" file show ");
  }

  @Test
  void traceGivesTheSameAsJson() {
    JsonNode json = INSTALLATION.run("trace", "o2", "--json").json();

    assertThat(json.get("businessId").asString()).isEqualTo("o2");
    assertThat(json.get("entries").get(0).propertyNames())
        .containsExactly(
            "at",
            "what",
            "name",
            "source",
            "waitMs",
            "detail",
            "eventId",
            "file",
            "line",
            "run",
            "traceparent");
  }

  @Test
  void eventShowsOneAndItsCloudEvent() {
    JsonNode listed = INSTALLATION.run("event", "list", "o2", "--json").json();
    String id = listed.get(0).get("eventId").asString();

    JsonNode shown = INSTALLATION.run("event", "show", id, "--json").json();
    JsonNode cloud = INSTALLATION.run("event", "show", id, "--cloudevents").json();

    assertThat(shown.get("key").asString()).isEqualTo("o2");
    assertThat(cloud.get("specversion").asString()).isEqualTo("1.0");
    assertThat(cloud.get("id").asString()).isEqualTo(id);
    assertThat(cloud.get("traceparent")).isEqualTo(shown.get("traceparent"));
    assertThat(INSTALLATION.run("trace", "o2").out())
        .containsPattern("trace .*" + shown.get("correlationId").asString().replace("-", ""));
  }

  @Test
  void aTypeIsNoKeyAndIsToldSo() {
    String hint = INSTALLATION.run("event", "list", "order.placed").err();

    assertThat(hint).contains("\"order.placed\" looks like a type").doesNotContain("order list");
    String sql = hint.substring(hint.indexOf("sql \"") + 5, hint.lastIndexOf('"'));
    assertThat(INSTALLATION.run("sql", sql, "--json").json()).isNotEmpty();
    assertThat(INSTALLATION.run("event", "list", "nobody").err()).contains("order list");
  }

  @Test
  void eventTypesShowsPersonalFields() {
    assertThat(INSTALLATION.run("event", "types").out()).contains("order.placed");
  }

  @ParameterizedTest
  @CsvSource({
    "event show 77, 2, 'EVENT_ID \"77\" is not a UUID'",
    "event show 01890000-0000-7000-8000-000000000000, 3, There is no event",
    "event show 01890000-0000-7000-8000-000000000000 --personal, 2, --reason is missing",
    "hospital show 77 --personal, 2, --reason is missing",
    "event, 2, '\"event\" needs one of: list, show, release, types'",
    "trace nobody, 3, 'Nothing is known of \"nobody\"'",
    "file show 77, 3, There is no file 77",
    "file rejects 77, 3, There is no file 77",
    "file release 77, 3, There is no file 77",
    "file release 1 --dry-run, 1, '(store.csv, LOADED) is not HELD'",
    "file resubmit 77 --line 1 --record x --reason y, 3, There is no file 77",
    "file resubmit 3 --line 6 --reason y, 2, Give either --line and --record",
    "file resubmit 3 --line 6 --record x, 2, --reason is missing",
    "file resubmit 3 --line 5 --record x --reason y, 1, no record was refused at line 5",
    "file resubmit 4 --line 1 --record x --reason y, 1, is REJECTED",
    "file list --state lost, 2, must be one of ACKNOWLEDGED",
    "run list --state lost, 2, 'must be one of RUNNING, SUCCEEDED, FAILED, ABANDONED'",
    "run nothing, 3, 'Job \"nothing\" is not known'",
    "run, 2, '\"run\" needs a job'",
    "job, 2, '\"job\" needs one of: list, plan'",
    "job plan nothing, 3, 'Job \"nothing\" is not known'",
    "job skip nothing --reason x, 3, 'Job \"nothing\" is not known'",
    "job skip catalog --reason x, 3, 'No node has ever waited for a time of job \"catalog\"'",
    "run fraud-flags --param x=1, 2, 'has no parameter \"x\"'",
    "backfill fraud-flags --from 2026-01-02 --to 2026-01-01, 2, first day first",
    "hospital show 77, 3, There is no dead letter 77",
    "hospital replay 77 --reason x, 3, There is no dead letter 77",
    "hospital replay --reason x, 2, Give either numbers",
    "hospital discard 77, 2, --reason is missing",
    "hospital list --state half, 2, must be one of OPEN",
    "subscription pause nobody, 3, 'Subscription \"nobody\" does not exist. There are: fraud'",
    "subscription remove nobody --reason x, 3, 'Subscription \"nobody\" does not exist'",
    "subscription rewind nobody --to beginning --reason x, 3, 'Subscription \"nobody\" does not exist'",
    "subscription rewind fraud --to beginning, 2, --reason is missing",
    "subscription rewind fraud --to then --reason x, 2, '--to: start \"then\" is not known. Say'",
    "subscription shadow fraud --from then, 2, '--from: start \"then\" is not known. Say'",
    "hospital replay --group nix --reason x, 3, No open dead letter is of that group",
    "subscription shadow nobody, 3, 'Subscription \"nobody\" does not exist'",
    "log retire, 2, --reason is missing",
    "log retire --keep 0 --reason x, 2, --keep 0 must be 1 or more",
    "log restamp, 2, --reason is missing",
    "order show nothing, 3, 'There is no order \"nothing\"'",
    "order cancel nothing, 3, 'There is no order \"nothing\"'",
    "order cancel o1, 1, Order o1 is DELIVERED",
    "order list --state lost, 2, lost",
    "order place --customer c9 --line s1:-1, 2, quantity",
    "order place --customer c9 --line s1:many, 2, must be SKU or SKU:QUANTITY",
    "order place --customer c9 --line s9, 3, c9",
    "payment release nothing, 3, has no payment",
    "payment release o1, 1, 'is RECEIVED, not HELD'",
    "payment refuse o1, 2, --reason",
    "drop pom.xml --feed nothing, 3, 'Feed \"nothing\" is not known'",
  })
  void saysWhatIsWrong(String line, int exitCode, String sentence) {
    Outcome outcome = INSTALLATION.run(line.split(" ", -1));

    assertThat(outcome.err()).contains(sentence);
    assertThat(outcome.exitCode()).isEqualTo(exitCode);
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void lagShowsEveryReader() {
    assertThat(INSTALLATION.run("lag", "--json").json()).hasSize(6);
    assertThat(INSTALLATION.run("lag", "--parts", "--json").json()).hasSize(48);
  }

  @Test
  void subscriptionIsPausedAndResumed() {
    assertThat(INSTALLATION.run("subscription", "pause", "fraud").exitCode()).isZero();
    assertThat(INSTALLATION.run("subscription", "list", "--json").json())
        .filteredOn(each -> each.get("paused").asBoolean())
        .singleElement()
        .satisfies(each -> assertThat(each.get("name").asString()).isEqualTo("fraud"));
    assertThat(
            INSTALLATION
                .run("subscription", "resume", "fraud", "--as", "bob", "--reason", "all is counted")
                .exitCode())
        .isZero();
    JsonNode acts = INSTALLATION.run("audit", "--target", "subscription fraud", "--json").json();
    assertThat(acts.get(0).get("actor").asString()).isEqualTo("bob");
    assertThat(acts.get(0).get("reason").asString()).isEqualTo("all is counted");
    assertThat(acts.get(0).get("after").get("paused").asBoolean()).isFalse();
    assertThat(acts.get(0).get("hash").asString()).hasSize(64);
    assertThat(acts.get(1).get("act").asString()).isEqualTo("pause");
  }

  @Test
  void subscriptionIsRemovedWhenNobodyIsAtIt() {
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    owner
        .sql(
            "SELECT commondata.create_subscription('old', 'fraud_service', '{order.placed}')::text")
        .query()
        .singleValue();

    Outcome refused = INSTALLATION.run("subscription", "remove", "old", "--reason", "gone");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(refused.err()).contains("Subscription \"old\" stays: it is not paused");

    owner.sql("UPDATE commondata.cursor SET moved_at = moved_at - interval '1 hour'").update();
    INSTALLATION.run("subscription", "pause", "old");
    assertThat(INSTALLATION.run("subscription", "remove", "old").err())
        .contains("--reason is missing");
    JsonNode plan = INSTALLATION.run("subscription", "remove", "old", "--dry-run", "--json").json();
    assertThat(plan.get("name").asString()).isEqualTo("old");
    assertThat(INSTALLATION.run("lag", "--json").json()).as("nothing was done").hasSize(7);

    Outcome removed = INSTALLATION.run("subscription", "remove", "old", "--reason", "gone");
    assertThat(removed.err()).contains("It is removed");
    assertThat(removed.exitCode()).isZero();
    assertThat(INSTALLATION.run("lag", "--json").json()).hasSize(6);
  }

  @Test
  void subscriptionIsSetBackAfterALook() {
    JsonNode plan =
        INSTALLATION
            .run("subscription", "rewind", "fraud", "--to", "beginning", "--dry-run", "--json")
            .json();
    assertThat(plan)
        .extracting(part -> part.get("events").asInt(), part -> part.get("newPosition").asInt())
        .contains(tuple(1, 0));

    Outcome shadow = INSTALLATION.run("subscription", "shadow", "fraud", "--json");

    assertThat(shadow.exitCode())
        .as("the events of the settled world have empty payloads")
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(shadow.err())
        .contains("1 event, 1 comes out otherwise, on the tables as they are today");
  }

  @Test
  void daysOfTheLogAreShown() {
    assertThat(INSTALLATION.run("log", "days", "--json").json()).isNotEmpty();
    Outcome dry = INSTALLATION.run("log", "retire", "--dry-run", "--json");
    assertThat(dry.json()).isEmpty();
    assertThat(dry.err()).contains("No day is older than 30 days: there is nothing to do");
    assertThat(INSTALLATION.run("log", "retire", "--reason", "a test").exitCode()).isZero();
    assertThat(INSTALLATION.run("log", "restamp", "--reason", "a test").exitCode()).isZero();
  }

  @Test
  void filesAreShownWithTheirRejects() {
    assertThat(INSTALLATION.run("file", "list", "--json").json()).hasSize(5);
    JsonNode file = INSTALLATION.run("file", "show", "3", "--json").json();
    assertThat(file.get("name").asString()).isEqualTo("carrier.csv");
    assertThat(file.get("control").isObject()).isTrue();
    Outcome rejects = INSTALLATION.run("file", "rejects", "3", "--json");
    assertThat(rejects.json()).hasSize(2);
    assertThat(rejects.json().get(0).get("line").asInt()).isEqualTo(6);
  }

  @Test
  void aLateFileIsShownAndWaived() {
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    owner
        .sql(
            """
            INSERT INTO commondata.expected_file (feed, business_date, due_at)
            VALUES
                ('bank-returns', '2026-11-19', clock_timestamp() - interval '1 hour'),
                ('bank-returns', '2026-11-20', clock_timestamp() - interval '1 hour')
            """)
        .update();

    Outcome shown = INSTALLATION.run("file", "expected", "--feed", "bank-returns", "--json");
    assertThat(shown.json().findValuesAsString("state"))
        .containsExactlyInAnyOrder("LATE", "ARRIVED");
    assertThat(INSTALLATION.run("lag").err()).contains("file-late: bank-returns of 2026-11-19");
    assertThat(INSTALLATION.run("file", "waive", "bank-returns", "2026-11-19").err())
        .contains("--reason is missing");

    String[] waive = {"file", "waive", "bank-returns", "2026-11-19", "--reason", "closed"};
    assertThat(INSTALLATION.run(waive).exitCode()).isZero();
    assertThat(INSTALLATION.run(waive).exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(INSTALLATION.run("file", "expected", "--state", "late", "--json").json()).isEmpty();
    assertThat(INSTALLATION.run("lag").err()).doesNotContain("file-late");
    assertThat(INSTALLATION.run("audit", "--json").json().get(0).get("act").asString())
        .isEqualTo("waive");
    owner.sql("DELETE FROM commondata.expected_file").update();
  }

  @Test
  void aFeedIsToldItsNextNumber() {
    Outcome outcome =
        INSTALLATION.run(
            "file", "renumber", "bank-returns", "--next", "7", "--reason", "began there", "--json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.json().get("nextBefore").asLong()).isEqualTo(1);
    assertThat(outcome.json().get("next").asLong()).isEqualTo(7);
    assertThat(
            INSTALLATION
                .run("file", "renumber", "nobody", "--next", "7", "--reason", "x")
                .exitCode())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void refusedRecordsAreCorrected(@TempDir Path directory) throws IOException {
    Path wrong = Files.writeString(directory.resolve("fix.tsv"), "6\tT9,LOST,2026-11-20\n");

    Outcome still =
        INSTALLATION.run(
            "file", "resubmit", "3", "--from", wrong.toString(), "--reason", "x", "--json");

    assertThat(still.exitCode()).as(still.err()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(still.json().get(0).get("line").asInt()).isEqualTo(6);
    assertThat(still.json()).hasSize(2);
    assertThat(still.err()).contains("Nothing was loaded");
  }

  @Test
  void runWorksWithoutANode() {
    Outcome outcome = INSTALLATION.run("run", "fraud-flags", "--date", "2026-11-20", "--json");

    assertThat(outcome.err()).contains(" run list --job fraud-flags");
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(outcome.json().get("state").asString()).isEqualTo("SUCCEEDED");
    assertThat(outcome.json().get("businessDate").asString()).isEqualTo("2026-11-20");
    assertThat(INSTALLATION.run("run", "list", "--job", "fraud-flags", "--json").json())
        .isNotEmpty();
  }

  @Test
  void runSaysThatTheJobIsRunningAlready() {
    Login owner = INSTALLATION.session().database().login("reporting_service");
    long run =
        owner
            .jdbc()
            .sql(
                "SELECT commondata.start_run('warehouse-extract', '2026-11-20', 'hand', '{}', 'n9')")
            .query(Long.class)
            .single();

    owner.inTransactionDo(
        () -> {
          owner
              .jdbc()
              .sql("SELECT commondata.hold_run(:run)")
              .param("run", run)
              .query()
              .listOfRows();
          Outcome outcome = INSTALLATION.run("run", "warehouse-extract");
          assertThat(outcome.err()).contains("is running already");
          assertThat(outcome.exitCode()).isEqualTo(ExitCode.CANNOT_TELL_YET);
          owner
              .jdbc()
              .sql("SELECT commondata.finish_run(:run, 0, 0, 0, 0, 0, 'done')")
              .param("run", run)
              .query()
              .listOfRows();
        });
  }

  @Test
  void backfillRunsEachDay() {
    Outcome outcome =
        INSTALLATION.run(
            "backfill",
            "reconcile-payments",
            "--from",
            "2026-11-18",
            "--to",
            "2026-11-20",
            "--json");

    assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(ExitCode.OK);
    assertThat(outcome.json())
        .extracting(run -> run.get("businessDate").asString())
        .containsExactly("2026-11-18", "2026-11-19", "2026-11-20");
  }

  @Test
  void ordersAreListedAndShown() {
    assertThat(INSTALLATION.run("order", "list", "--state", "delivered", "--json").json())
        .singleElement()
        .satisfies(each -> assertThat(each.get("orderId").asString()).isEqualTo("o1"));
    JsonNode order = INSTALLATION.run("order", "show", "o1", "--json").json();
    assertThat(order.get("lines")).hasSize(2);
    assertThat(INSTALLATION.run("order", "show", "o1").out()).contains("Blue Train");
    assertThat(INSTALLATION.run("payment", "held", "--json").json()).isEmpty();
  }

  @Test
  void jobsArePlanned() {
    assertThat(INSTALLATION.run("job", "list", "--json").json()).isNotEmpty();
    assertThat(INSTALLATION.run("job", "plan", "fraud-flags", "--count", "4", "--json").json())
        .hasSize(4);
  }

  @Test
  void hospitalShowsBeforeItActs() {
    long id = SettledWorld.deadLetter(INSTALLATION.owner(), "h1");

    Outcome dry = INSTALLATION.run("hospital", "discard", "--all", "--dry-run", "--json");
    assertThat(dry.exitCode()).isZero();
    assertThat(dry.json()).hasSize(1);
    assertThat(dry.err()).contains("Nothing was done");
    assertThat(INSTALLATION.run("check").exitCode()).isEqualTo(ExitCode.CANNOT_TELL_YET);
    assertThat(INSTALLATION.run("hospital", "list", "--json").json()).hasSize(1);

    String number = Long.toString(id);
    Outcome act = INSTALLATION.run("hospital", "discard", number, "--reason", "a test");
    assertThat(act.exitCode()).isZero();
    assertThat(
            INSTALLATION.run("hospital", "show", number, "--json").json().get("state").asString())
        .isEqualTo("DISCARDED");
    Outcome again = INSTALLATION.run("hospital", "discard", number, "--reason", "again");
    assertThat(again.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(again.out()).contains("is DISCARDED");
  }

  private static final String MENDED = "{\"orderId\":\"h2\"}";

  @Test
  void hospitalGroupsEditsAndReplays() {
    String first = Long.toString(SettledWorld.deadLetter(INSTALLATION.owner(), "h2"));
    SettledWorld.deadLetter(INSTALLATION.owner(), "h3");

    JsonNode group = INSTALLATION.run("hospital", "group", "--json").json().get(0);
    assertThat(group.get("letters").asInt()).isEqualTo(2);
    assertThat(group.get("error").asString()).isEqualTo("IllegalStateException: Boom");

    Outcome dry =
        INSTALLATION.run("hospital", "edit", first, "--payload", MENDED, "--dry-run", "--json");
    assertThat(dry.exitCode()).isZero();
    assertThat(dry.json().get(0).get("pointer").asString()).isEqualTo("/orderId");
    for (String option : List.of("--dry-run", "--reason=x")) {
      Outcome unfit =
          INSTALLATION.run(
              "hospital", "edit", first, "--payload", "{\"orderId\":7}", option, "--json");
      assertThat(unfit.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
      assertThat(unfit.json().get(0).get("pointer").asString()).isEqualTo("/orderId");
      assertThat(unfit.err()).contains("does not fit the schema of stock.reserved v1");
    }
    Outcome same = INSTALLATION.run("hospital", "edit", first, "--payload", "{}", "--reason", "x");
    assertThat(same.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(INSTALLATION.run("hospital", "edit", first, "--payload", "{", "--reason", "x").err())
        .contains("not JSON: see line 1, column")
        .doesNotContain("Source");
    assertThat(
            INSTALLATION
                .run("hospital", "edit", first, "--payload", MENDED, "--reason", "mended")
                .exitCode())
        .isZero();

    Outcome rest =
        INSTALLATION.run(
            "hospital",
            "replay",
            "--group",
            group.get("group").asString(),
            "--reason",
            "mended",
            "--per-second",
            "1000",
            "--json");
    assertThat(rest.exitCode()).as(rest.err()).isZero();
    assertThat(rest.json()).hasSize(1);
    assertThat(rest.json().get(0).get("result").asString()).isEqualTo("replayed");
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    owner.sql("DELETE FROM commondata.parked_event WHERE key LIKE 'h%'").update();
    owner.sql("DELETE FROM commondata.parked_key WHERE key LIKE 'h%'").update();
  }

  @Test
  void dropRenamesAWholeFileIntoPlace(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("a.csv"), "one\n");
    String feed = "catalog";

    Outcome outcome = INSTALLATION.run("drop", file.toString(), "--feed", feed, "--json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    Path dropped = INSTALLATION.home().resolve("drop/catalog/incoming/a.csv");
    assertThat(dropped).hasContent("one\n");
    assertThat(dropped.resolveSibling(".a.csv.part")).doesNotExist();
    assertThat(INSTALLATION.run("drop", file.toString(), "--feed", feed).exitCode())
        .as("the first is still there")
        .isEqualTo(ExitCode.CHECK_FAILED);
    Files.delete(dropped);
    assertThat(
            INSTALLATION
                .run("drop", file.toString(), "--feed", feed, "--wait", "--timeout", "1")
                .exitCode())
        .as("no node is up")
        .isEqualTo(ExitCode.CANNOT_TELL_YET);
  }
}
