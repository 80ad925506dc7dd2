package musiccorp.cli;

import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Options of every command, accepted before and after its name. */
public final class CliOptions {

  private static final Pattern COMMAND = Pattern.compile("\\./commondata(?= [a-z])");

  /** As URLs have it: behind a name, or as a parameter. */
  private static final Pattern PASSWORD =
      Pattern.compile("(?i)(?<=:)[^:/@]+(?=@)|(?<=password=)[^&]*");

  @Option(
      names = "--home",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "All state; else $COMMONDATA_HOME, else .commondata")
  private @Nullable Path home;

  @Option(
      names = "--db",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description =
          "Your own server, jdbc:postgresql://host/database; else $COMMONDATA_DB, else embedded")
  private @Nullable String db;

  @Option(
      names = "--pg-port",
      paramLabel = "PORT",
      scope = ScopeType.INHERIT,
      description = "Port of the embedded server; else a free one is chosen and kept")
  private @Nullable Integer pgPort;

  @Option(
      names = "--jobs",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Jobs to use instead of the built-in ones; a node applies their migrations")
  private @Nullable Path jobs;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON with stable field names")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log more, and show where an error comes from")
  private boolean verbose;

  // Picocli asks the parser, not the field.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help and exit")
  private boolean help;

  public CliOptions() {}

  /** The home to work in; not made yet. */
  public Home home() {
    return Home.locate(home, System.getenv(), project());
  }

  /** The project's directory, where the launcher lies. */
  public static Path project() {
    return Path.of(System.getProperty("commondata.project", ""));
  }

  /** URL of a server of the user's own, or null for the embedded one. */
  public @Nullable String db() {
    String named = System.getenv().getOrDefault("COMMONDATA_DB", "");
    String url = db == null && !named.isBlank() ? named : db;
    if (url != null && !url.startsWith("jdbc:postgresql:")) {
      throw new CliException(
          ExitCode.USAGE,
          "--db \"%s\" must begin with jdbc:postgresql: as in jdbc:postgresql://host:5432/database."
              .formatted(masked(url)));
    }
    return url;
  }

  public OptionalInt pgPort() {
    if (pgPort == null) {
      return OptionalInt.empty();
    }
    if (pgPort < 1 || pgPort > 65535) {
      throw new CliException(
          ExitCode.USAGE, "--pg-port %d must lie between 1 and 65535.".formatted(pgPort));
    }
    return OptionalInt.of(pgPort);
  }

  /** Directory with jobs, or null for those in the jar. */
  public @Nullable Path jobs() {
    if (jobs != null && !java.nio.file.Files.isDirectory(jobs)) {
      throw new CliException(ExitCode.USAGE, "--jobs \"%s\" is not a directory.".formatted(jobs));
    }
    return jobs;
  }

  /**
   * A hint whose commands find the same database and jobs: they get the options that named them.
   */
  public String again(String hint) {
    String same =
        (home == null ? "" : " --home " + Shell.word(home.toString()))
            + (db == null ? "" : " --db " + Shell.word(masked(db)))
            + (jobs == null ? "" : " --jobs " + Shell.word(jobs.toString()));
    return COMMAND.matcher(hint).replaceAll(Matcher.quoteReplacement("./commondata" + same));
  }

  private static String masked(String url) {
    return PASSWORD.matcher(url).replaceAll("...");
  }

  public boolean json() {
    return json;
  }

  public boolean verbose() {
    return verbose;
  }

  /** Login that owns the database and runs migrations. */
  public String owner() {
    return owner(System.getenv());
  }

  static String owner(Map<String, String> environment) {
    String owner = environment.getOrDefault("COMMONDATA_OWNER", "");
    return owner.isBlank() ? EmbeddedPostgres.OWNER : owner;
  }
}
