package commondata.feed;

import commondata.fault.FaultPoint;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.SettableClock;
import testkit.TestDatabase;

/**
 * What tests of large files begin and end with: the tables are there and empty, and no fault point
 * is hooked.
 */
abstract class LargeFeedSteps {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir Path drop = Path.of("");

  @BeforeAll
  static void makeTables() {
    LargeFeed.makeTables(DATABASE);
  }

  @BeforeEach
  void empty() {
    feed("append").empty();
  }

  @AfterEach
  void unhook() {
    FaultPoint.hook(null);
  }

  LargeFeed feed(String job) {
    return new LargeFeed(DATABASE, drop, clock, job);
  }
}
