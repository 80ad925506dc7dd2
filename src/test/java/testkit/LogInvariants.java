package testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The invariants of the log alone, read often: those of the whole company take longer. */
public final class LogInvariants {

  private static final Path VIEWS =
      Path.of("db/migration/commondata/views/R__invariants_1_log.sql");
  private static final Pattern NAME =
      Pattern.compile("VIEW invariant\\.(?!population_|unsettled_)(\\w+) AS");

  private final JdbcClient jdbc;
  private final String broken;

  private LogInvariants(JdbcClient jdbc, List<String> names) {
    this.jdbc = jdbc;
    this.broken =
        names.stream()
            .map("SELECT '%1$s' FROM invariant.%1$s HAVING count(*) > 0"::formatted)
            .collect(Collectors.joining(" UNION ALL "));
  }

  /** Read through {@code jdbc}, which must see past row-level security. */
  public static LogInvariants of(JdbcClient jdbc) {
    try {
      List<String> names =
          NAME.matcher(Files.readString(VIEWS))
              .results()
              .map((MatchResult found) -> found.group(1))
              .toList();
      assertThat(names).contains("positions_are_dense", "event_is_handled_once");
      return new LogInvariants(jdbc, names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of those that do not hold. */
  public List<String> broken() {
    return jdbc.sql(broken).query(String.class).list();
  }
}
