package commondata.subscription;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import testkit.Interleaving;
import testkit.TestDatabase;

/**
 * A log of a test class's own, with the beginnings of specs on it. A spec ends with a drain, after
 * which each event has had its effect once, in its key's order, unless it says otherwise; after
 * each test the invariants hold.
 */
final class LogSpecs implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

  private static final int DRAINS_A_CHECK = 10;

  private final TestDatabase database = TestDatabase.fresh();
  private @Nullable LogScript log;

  LogScript log() {
    return Objects.requireNonNull(log, "the field is no static @RegisterExtension");
  }

  TestDatabase database() {
    return database;
  }

  /** So many events of a key wait. */
  Interleaving withEvents(int events) {
    return begin(() -> log().begin(events));
  }

  /** The first of three events is parked; the cursor stands before the second. */
  Interleaving withAParkedKey() {
    return begin(() -> log().beginParked(3));
  }

  /** The first of two events is dead, and its key goes on. */
  Interleaving withADeadLetter() {
    return begin(
        () -> {
          log().begin(2);
          log().killNow();
        });
  }

  private Interleaving begin(Runnable before) {
    return Interleaving.of(database)
        .before(before)
        .after(happened -> log().drainAndCheck(happened));
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    database.open();
    log = new LogScript(database, DRAINS_A_CHECK);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    log().checkInvariants();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    log().close();
    database.close();
  }
}
