package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** When a packed file is loaded in more than one commit, with the limits that a node has. */
final class PackedSlicesIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @BeforeEach
  void makeTables() {
    LargeFeed.makeTablesAnew(DATABASE);
  }

  /** What is small on the disk may hold many records: a crash must not cost all of them. */
  @ParameterizedTest
  @CsvSource({"50000, true", "500, false"})
  void areCommittedBeforeTheFileIsAsLargeAsOthers(int records, String sliced) throws IOException {
    LargeFeed feed = new LargeFeed(DATABASE, drop, clock, "packed");
    feed.drop("a.csv", scattered(records));
    assertThat(Files.size(feed.incoming("a.csv"))).isLessThan(2 * 1024 * 1024);

    JobDefinition job = JobCatalog.of(drop.resolve("jobs")).find("packed").orElseThrow();
    Feed asShipped = Feed.of(job, DATABASE.login(job.owner()), drop, "test");
    CatalogFeed.untilQuiet(new FeedPoll(asShipped, clock));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED %1$d %1$d 0".formatted(records));
    assertThat(feed.one("SELECT (count(*) > 0)::text FROM commondata.file_slice"))
        .isEqualTo(sliced);
  }

  /** Records of which little repeats itself. */
  private static String scattered(int records) {
    Random random = new Random(20_261_121);
    StringBuilder csv = new StringBuilder("id,n\n");
    for (int i = 0; i < records; i++) {
      csv.append(new UUID(random.nextLong(), random.nextLong())).append(",1\n");
    }
    return csv.append("#T,%1$d,%1$d%n".formatted(records)).toString();
  }
}
