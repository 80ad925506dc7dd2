package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.home.Home;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import musiccorp.cli.ExitCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes on a log that is broken in one place: the run must notice, and end with exit code
 * 1. What holds under such a run proves something only because of this.
 */
final class SabotageIT {

  private static final long SEED = 20261128;
  private static final long PATIENCE_SECONDS = 40;

  @TempDir private Path directory = Path.of("");

  @Test
  void noticesEffectsThatAreNotInTheTransactionOfTheirCursor() throws Exception {
    Report report = run(Set.of("retry.handled"), List.of(), new Sabotage(List.of(), true));

    assertThat(report.complaints()).anyMatch(complaint -> complaint.contains("doubled: "));
  }

  @Test
  void noticesASequencerWithoutABarrier() throws Exception {
    Report report =
        run(
            Set.of(),
            List.of(Plan.of(SEED, EnumSet.of(Fault.WRITER_OPEN))),
            new Sabotage(
                List.of(
                    """
                    DO $$
                    BEGIN
                        EXECUTE (
                            SELECT regexp_replace(
                                pg_get_functiondef(p.oid),
                                'pg_snapshot_xip\\((fresh\\.)?earlier\\)',
                                '(SELECT NULL::xid8 WHERE false)',
                                'g')
                            FROM pg_proc AS p
                            WHERE p.oid = 'commondata.fresh'::regproc
                        );
                    END
                    $$
                    """),
                false));

    assertThat(report.complaints())
        .anyMatch(complaint -> complaint.contains("lost: Numbered"))
        .anyMatch(complaint -> complaint.startsWith("invariant event_has_position"))
        .as("in a run that was to have each fault")
        .contains("node-killed was never planned")
        .doesNotContain("writer-open was never planned");
  }

  @Test
  void noticesAttemptsThatOnlyAProcessRemembers() throws Exception {
    Report report =
        run(
            Set.of("hospital.begun"),
            List.of(),
            new Sabotage(
                List.of(
                    """
                    CREATE FUNCTION chaos.forget() RETURNS trigger
                    LANGUAGE plpgsql
                    AS $$
                    BEGIN
                        NEW.attempts := 0;
                        RETURN NEW;
                    END
                    $$
                    """,
                    """
                    CREATE TRIGGER forget BEFORE UPDATE ON commondata.parked_key
                    FOR EACH ROW
                    WHEN (NEW.tried_by IS NOT NULL)
                    EXECUTE FUNCTION chaos.forget()
                    """),
                false));

    assertThat(report.complaints())
        .anyMatch(complaint -> complaint.startsWith("hospital.begun was not reached"))
        .anyMatch(complaint -> complaint.endsWith(" times and never became a dead letter"));
  }

  @Test
  void noticesSqlServicesThatLoseTheirWork() throws Exception {
    Report report =
        run(
            Set.of("batch.finished"),
            List.of(),
            new Sabotage(
                List.of(
                    """
                    CREATE FUNCTION chaos.lose() RETURNS trigger
                    LANGUAGE plpgsql
                    AS $$
                    BEGIN
                        RETURN CASE WHEN random() < 0.5 THEN NEW END;
                    END
                    $$
                    """,
                    """
                    CREATE TRIGGER lose BEFORE INSERT ON chaos.effect
                    FOR EACH ROW
                    WHEN (NEW.subscription = 'chaos-sql')
                    EXECUTE FUNCTION chaos.lose()
                    """,
                    """
                    CREATE TRIGGER lose BEFORE INSERT ON loyalty.entry
                    FOR EACH ROW
                    EXECUTE FUNCTION chaos.lose()
                    """),
                false));

    assertThat(report.complaints())
        .anyMatch(complaint -> complaint.startsWith("chaos-sql: lost: "))
        .anyMatch(complaint -> complaint.matches("loyalty: payment.received of .* booked 0 times"))
        .anyMatch(complaint -> complaint.matches("loyalty: \"C-\\d\" has \\d+ points of .*"))
        .noneMatch(complaint -> complaint.startsWith("chaos-hold"));
  }

  private Report run(Set<String> points, List<Plan> plans, Sabotage sabotage) throws Exception {
    Report report =
        new Campaign(
                new Campaign.Wanted(
                    SEED, points, plans, !plans.isEmpty(), 0, PATIENCE_SECONDS, sabotage),
                new Home(directory),
                System.out::println)
            .run();
    assertThat(ChaosCommand.exitCode(report)).isEqualTo(ExitCode.CHECK_FAILED);
    return report;
  }
}
