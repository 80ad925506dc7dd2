package commondata.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.step;

import commondata.operate.Act;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import testkit.Interleaving;
import testkit.LogInvariants;
import testkit.TestDatabase;

/**
 * Retention gives up a day of the log while somebody goes back into it, or begins there, in every
 * order of their steps. Who is promised a position finds its event; who comes too late is told so,
 * or begins at what is left.
 */
final class RetentionInterleavingsIT {

  private static final Duration KEEP = Duration.ofDays(30);
  private static final Act ACT = new Act("ann", "spec");
  private static final String OPERATOR = "commondata_operator";
  private static final String CREATE =
      """
      SELECT commondata.create_subscription(
          '%s%d', 'order_service', ARRAY['catalog.item-listed'])
      """;
  private static final String FIRST_OF_THE_DAY = "the first event of the day";
  private static final String NOT_IN_THE_LOG = " 22023";

  /** Each order has a day of its own, younger than those before: retention takes the oldest. */
  private static final int FIRST_DAY = 300;

  private final TestDatabase database = TestDatabase.fresh();
  private final OldLog log = new OldLog(database);
  private int order;

  @BeforeEach
  void open() {
    database.open();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aRewindToTheBeginning() {
    int orders =
        spec()
            .session("r", OPERATOR, rewind("beginning"), step("commit", COMMIT))
            .session("d", database.owner(), retire(), step("commit", COMMIT))
            .after(this::whatIsPromisedIsThere)
            .runAll();

    assertThat(orders).isEqualTo(6);
  }

  @Test
  void aRewindToAPositionOfThatDay() {
    int orders =
        spec()
            .session("r", OPERATOR, rewind(FIRST_OF_THE_DAY), step("commit", COMMIT))
            .session("d", database.owner(), retire(), step("commit", COMMIT))
            .after(
                happened -> {
                  assertThat(happened.contains("r.rewind" + NOT_IN_THE_LOG))
                      .as("the rewind is told that it came too late")
                      .isEqualTo(isGivenUp());
                  whatIsPromisedIsThere(happened);
                })
            .runAll();

    assertThat(orders).isEqualTo(6);
  }

  @Test
  void aReaderThatBeginsAtTheBeginning() {
    int orders =
        spec()
            .session("c", database.owner(), create(), step("commit", COMMIT))
            .session("d", database.owner(), retire(), step("commit", COMMIT))
            .after(this::whatIsPromisedIsThere)
            .runAll();

    assertThat(orders).isEqualTo(6);
  }

  @Test
  void twoNodesThatRetireBesideARewind() {
    spec()
        .session("r", OPERATOR, rewindAndCommit())
        .session("d", database.owner(), retire(), step("commit", COMMIT))
        .session("e", database.owner(), retire(), step("commit", COMMIT))
        .after(
            happened -> {
              assertThat(happened)
                  .as("nobody fails")
                  .noneMatch(did -> did.matches(".* [0-9A-Z]{5}"));
              whatIsPromisedIsThere(happened);
            })
        .runAll();
  }

  @Test
  void aRewindThatDoesNotKeepRetentionOutIsSeen() {
    withoutItsLockOfTheFloor("rewind_subscription");

    assertThatThrownBy(this::aRewindToTheBeginning)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("promised positions without an event");
  }

  @Test
  void aNewReaderThatDoesNotKeepRetentionOutIsSeen() {
    withoutItsLockOfTheFloor("create_subscription");

    assertThatThrownBy(this::aReaderThatBeginsAtTheBeginning)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("promised positions without an event");
  }

  private Interleaving spec() {
    return Interleaving.of(database)
        .before(
            () -> {
              order++;
              log.day(day());
              database.superuser().sql(CREATE.formatted("spec", order)).query().listOfRows();
              log.isHandled();
            });
  }

  private LocalDate day() {
    return OldLog.daysAgo(FIRST_DAY - order);
  }

  private Interleaving.Named rewind(String to) {
    return step(
        "rewind",
        session ->
            session.ask(
                "SELECT part FROM commondata.rewind_subscription(?, ?, 'ann', 'spec')",
                "spec" + order,
                to.equals(FIRST_OF_THE_DAY) ? "0:" + (head() - 1) : to));
  }

  private Interleaving.Named rewindAndCommit() {
    Interleaving.Named rewind = rewind("beginning");
    return step(
        "rewind-and-commit",
        session -> {
          rewind.step().run(session);
          session.commit();
        });
  }

  private Interleaving.Named create() {
    return step("create", session -> session.ask(CREATE.formatted("new", order)));
  }

  private static Interleaving.Named retire() {
    return step(
        "retire",
        session -> session.ask("SELECT day FROM commondata.retire_days('30 days', 'ann', 'spec')"));
  }

  /** Whatever was given up is dropped: then what lies behind a cursor must still be there. */
  private void whatIsPromisedIsThere(List<String> happened) {
    new Retention(database.database()).run(KEEP, ACT);
    assertThat(
            database
                .superuser()
                .sql(
                    """
                    SELECT format('%s: part %s behind %s', c.subscription, c.part, c.pos)
                    FROM commondata.cursor AS c
                    JOIN commondata.part_head AS h USING (part)
                    WHERE h.head - c.pos > (
                        SELECT count(*)
                        FROM commondata.log_position AS q
                        JOIN commondata.outbox AS o ON o.id = q.id
                        WHERE q.part = c.part
                          AND q.seq > c.pos
                    )
                    """)
                .query(String.class)
                .list())
        .as("promised positions without an event")
        .isEmpty();
    assertThat(invariants().broken()).isEmpty();
  }

  private LogInvariants invariants() {
    return LogInvariants.of(database.superuser());
  }

  private boolean isGivenUp() {
    return database
        .superuser()
        .sql("SELECT EXISTS (SELECT FROM commondata.retired_day AS r WHERE r.day = :day)")
        .param("day", day())
        .query(Boolean.class)
        .single();
  }

  private long head() {
    return database
        .superuser()
        .sql("SELECT h.head FROM commondata.part_head AS h WHERE h.part = 0")
        .query(Long.class)
        .single();
  }

  private void withoutItsLockOfTheFloor(String function) {
    database
        .superuser()
        .sql(
            """
            DO $do$
            BEGIN
                EXECUTE (
                    SELECT regexp_replace(
                        pg_get_functiondef(p.oid), 'PERFORM FROM commondata.log_floor[^;]*;', '')
                    FROM pg_proc AS p
                    WHERE p.oid = 'commondata.%s'::regproc
                );
            END
            $do$
            """
                .formatted(function))
        .update();
  }
}
