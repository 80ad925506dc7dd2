package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import commondata.job.Counts;
import commondata.job.FileName;
import commondata.job.RunLedger;
import commondata.job.StartedBy;
import java.time.LocalDate;
import java.util.Map;
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
    files.finish(file, new FileLedger.End(FileLedger.State.LOADED, run, DAY, 0, 0, 0, "{}", ""));
  }

  @Test
  void endsAFileByARunOfItsFeedThatIsUnderWay() {
    DATABASE
        .superuser()
        .sql("INSERT INTO commondata.job (name, owner) VALUES ('other', 'catalog_service')")
        .update();
    Digests.Content content = new Digests.Content("a".repeat(64), 1);
    long file = files.claim("a.csv", content, FileName.ANY, false).id();
    long ended = start("catalog");
    login.inTransactionDo(() -> runs.finish(ended, 0, Counts.NONE, ""));
    long foreign = start("other");

    for (long run : new long[] {ended, foreign, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> finish(file, run))
          .hasMessageContaining("file %d is not claimed".formatted(file))
          .hasMessageContaining("or run %d not one of its feed".formatted(run));
    }
    finish(file, start("catalog"));

    assertThat(files.find(java.util.List.of(file)).values())
        .extracting(FileLedger.Entry::state)
        .containsExactly(FileLedger.State.LOADED);
  }
}
