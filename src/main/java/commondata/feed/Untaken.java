package commondata.feed;

import commondata.database.Login;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What lies in {@code incoming} and is not taken, and why. The database does not see the directory:
 * this tells it of the one that has lain there unchanged for longest, if that is long, and an alarm
 * shows it. Files that wait for another file are none of these: of that one an alarm tells. Since
 * when something lies there is kept in memory. Not thread-safe.
 */
final class Untaken {

  private static final Duration LONG = Duration.ofMinutes(15);
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private static final String NOTE =
      """
      SELECT CAST(commondata.note_untaken(:feed, :name, :since, :why) AS text)
      """;

  private static final String FORGET =
      """
      SELECT CAST(commondata.forget_untaken(:feed) AS text)
      """;

  private record Found(DropDirectory.Look look, Instant since, String why) {}

  private final Login login;
  private final String feed;
  private final Clock clock;
  private Map<Path, Found> before = Map.of();
  private Map<Path, Found> found = new HashMap<>();
  private Instant next = Instant.MIN;

  /** Whether the database may have been told of something: a node that ended may have done so. */
  private boolean isTold = true;

  /** Whether that was this node. */
  private boolean isOurs;

  Untaken(Login login, String feed, Clock clock) {
    this.login = login;
    this.feed = feed;
    this.clock = clock;
  }

  /** Begins a look at the directory. */
  void begin() {
    before = found;
    found = new HashMap<>();
  }

  /**
   * Notes that something was not taken in this look.
   *
   * @param why in words, with what to do
   */
  void note(Path path, String why) {
    try {
      DropDirectory.Look look = DropDirectory.Look.at(path);
      Found known = before.get(path);
      Instant since = known != null && known.look().equals(look) ? known.since() : clock.instant();
      found.put(path, new Found(look, since, why));
    } catch (IOException e) {
      // Gone meanwhile.
    }
  }

  /** Ends a look: tells what lies there, at most once a minute, or that it does not any more. */
  void tell() {
    Instant now = clock.instant();
    if (now.isBefore(next)) {
      return;
    }
    Optional<Map.Entry<Path, Found>> oldest =
        found.entrySet().stream()
            .filter(each -> !now.isBefore(each.getValue().since().plus(LONG)))
            .min(Comparator.comparing(each -> each.getValue().since()));
    if (oldest.isPresent()) {
      note(oldest.get().getKey(), oldest.get().getValue());
    } else if (isTold && (isOurs || found.isEmpty())) {
      // Behind a start what was told may still be so, and has not lain there for long yet.
      login.jdbc().sql(FORGET).param("feed", feed).query().listOfRows();
    } else {
      return;
    }
    isTold = oldest.isPresent();
    isOurs = isTold;
    next = now.plus(PAUSE);
  }

  private void note(Path path, Found oldest) {
    login
        .jdbc()
        .sql(NOTE)
        .param("feed", feed)
        .param("name", clean(DropDirectory.name(path)))
        .param("since", oldest.since().atOffset(ZoneOffset.UTC))
        .param("why", clean(oldest.why()))
        .query()
        .listOfRows();
  }

  private static String clean(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
