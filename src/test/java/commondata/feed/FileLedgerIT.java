package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import commondata.job.Counts;
import commondata.job.FileName;
import commondata.job.RunLedger;
import commondata.job.StartedBy;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What the ledger refuses, whatever the program that asks. */
final class FileLedgerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final LocalDate DAY = LocalDate.of(2026, 11, 21);

  private final Login login = DATABASE.login("catalog_service");
  private final RunLedger runs = new RunLedger(login, "test");
  private final FileLedger files = new FileLedger(login, "catalog");

  private long start(String job) {
    return runs.start(job, DAY, StartedBy.FILE, Map.of()).orElseThrow();
  }

  private void finish(long file, long run) {
    files.finish(file, end(FileLedger.State.LOADED, run));
  }

  private static FileLedger.End end(FileLedger.State state, long run) {
    return new FileLedger.End(state, run, DAY, 0, 0, 0, "{}", "");
  }

  @Test
  void givesTheTurnWhenAFileOfTheSameContentWasRefused() {
    DATABASE
        .superuser()
        .sql("INSERT INTO commondata.job (name, owner) VALUES ('numbered', 'catalog_service')")
        .update();
    FileLedger numbered = new FileLedger(login, "numbered");
    long second = claimed(numbered, "f2.csv", "b", 2L);
    long misnamed = claimed(numbered, "Wrong.csv", "b", null);
    long first = claimed(numbered, "f1.csv", "a", 1L);
    long run = start("numbered");

    numbered.finish(first, end(FileLedger.State.LOADED, run));
    FileLedger.Entry held = numbered.find(List.of(second)).get(second);
    assertThat(held)
        .isNotNull()
        .extracting(FileLedger.Entry::reason)
        .asString()
        .startsWith("E-SEQ-GAP: it is number 2, and its content is that of file " + misnamed);
    numbered.finish(misnamed, end(FileLedger.State.REJECTED, run));

    assertThat(numbered.find(List.of(second)).values())
        .extracting(FileLedger.Entry::state)
        .containsExactly(FileLedger.State.CLAIMED);
  }

  private static long claimed(
      FileLedger files, String name, String content, @Nullable Long sequence) {
    ClaimOutcome claim =
        files.claim(
            name, new Digests.Content(content, 1), new FileName(sequence, null, null), DAY, false);
    return ((ClaimOutcome.Claimed) claim).entry().id();
  }

  @Test
  void endsAFileByARunOfItsFeedThatIsUnderWay() {
    DATABASE
        .superuser()
        .sql("INSERT INTO commondata.job (name, owner) VALUES ('other', 'catalog_service')")
        .update();
    long file = claimed(files, "a.csv", "a", null);
    long ended = start("catalog");
    login.inTransactionDo(() -> runs.finish(ended, 0, Counts.NONE, ""));
    long foreign = start("other");

    for (long run : new long[] {ended, foreign, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> finish(file, run))
          .hasMessageContaining("file %d is not claimed".formatted(file))
          .hasMessageContaining("or run %d not one of its feed".formatted(run));
    }
    finish(file, start("catalog"));

    assertThat(files.find(List.of(file)).values())
        .extracting(FileLedger.Entry::state)
        .containsExactly(FileLedger.State.LOADED);
  }
}
