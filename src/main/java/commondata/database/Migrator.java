package commondata.database;

import commondata.contract.Contract;
import commondata.home.SetupException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Brings a database from whatever it is to what this release needs: tables, roles, passwords, event
 * types, day partitions. Done again it changes nothing; done by several nodes at once it is done
 * once.
 */
public final class Migrator {

  /** Where the migrations lie in the jar. */
  public static final String IN_JAR = "classpath:db/migration";

  private static final String SCHEMA = "commondata";
  private static final String HISTORY = "flyway_history";
  private static final int PARTS = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Pattern FAILED_SCRIPT = Pattern.compile("(?m)^Location +: (\\S+)");
  private static final Pattern FAILED_LINE = Pattern.compile("(?m)^Line +: (\\d+)");

  private final String url;
  private final String owner;
  private final Passwords passwords;
  private final String[] locations;
  private final List<JobMigration> jobs;
  private final Duration patience;

  /**
   * @param owner login that owns the database and may create roles
   * @param passwords of the owner and of every login that migrations make
   * @param locations {@link #IN_JAR}, or {@code filesystem:} and a directory
   */
  public Migrator(String url, String owner, Passwords passwords, String... locations) {
    this(url, owner, passwords, List.of(), PATIENCE, locations);
  }

  private Migrator(
      String url,
      String owner,
      Passwords passwords,
      List<JobMigration> jobs,
      Duration patience,
      String... locations) {
    this.url = url;
    this.owner = owner;
    this.passwords = passwords;
    this.jobs = jobs;
    this.patience = patience;
    this.locations = locations.clone();
  }

  /**
   * As this one, but applies what the jobs of a directory bring along, too, after its own: {@code
   * <job>/migration/V1__*.sql}, with a history a job.
   */
  public Migrator withJobs(Path directory) {
    return new Migrator(url, owner, passwords, JobMigration.all(directory), patience, locations);
  }

  /** As this one, but waits for another node that migrates only so long. */
  Migrator withPatience(Duration limit) {
    return new Migrator(url, owner, passwords, jobs, limit, locations);
  }

  /**
   * Migrates.
   *
   * @throws SetupException if the server can't be reached, a migration fails, another process has
   *     the turn for ten minutes, or the contract breaks its promises; what ran before stays, a
   *     migration that failed is undone
   * @throws MigrationException if it is a job's that fails, and not for an outage
   */
  public Result migrate() {
    try (Connection connection = Connections.open(url, owner, passwords)) {
      new MigrationTurn(connection, url).take(patience);
      int migrations = flyway().migrate().migrationsExecuted;
      for (JobMigration job : jobs) {
        migrations += apply(job);
      }
      int changed = new RolePasswords(connection, url, passwords).apply();
      int types = new TypeRegistry(connection).register(Contract.packed());
      return new Result(migrations, changed, types, makePartitions(connection));
    } catch (FlywayException e) {
      throw Connections.explain(url, owner, e)
          .orElseGet(
              () ->
                  new SetupException(
                      "The database at %s can't be migrated: %s"
                          .formatted(Connections.place(url), oneLine(e)),
                      e));
    } catch (SQLException e) {
      throw unprepared(e);
    }
  }

  private int apply(JobMigration job) {
    Flyway flyway = flyway(job);
    try {
      return flyway.migrate().migrationsExecuted;
    } catch (FlywayException e) {
      if (SqlStates.isOutage(e)) {
        throw e;
      }
      String why =
          e instanceof FlywayValidateException
              ? new ChangedMigrations(job, flyway).inWords().orElseGet(() -> oneLine(e))
              : oneLine(e);
      throw new MigrationException(
          "Migrations of job \"%s\" can't be applied: %s".formatted(job.job(), why), e);
    }
  }

  private SetupException unprepared(SQLException e) {
    return Connections.explain(url, owner, e)
        .orElseGet(
            () ->
                new SetupException(
                    "The logins of the database at %s can't be prepared: %s. \"%s\" needs CREATEROLE, and ADMIN on roles that somebody else has made."
                        .formatted(Connections.place(url), e.getMessage(), owner),
                    e));
  }

  /** Whether another process is at it; where the owner can't log in, nobody is known to be. */
  public boolean isUnderWay() {
    try (Connection connection = Connections.open(url, owner, passwords)) {
      return new MigrationTurn(connection, url).isTaken();
    } catch (SetupException | SQLException e) {
      // Who asks has a reason of his own to complain, and a better one.
      return false;
    }
  }

  /**
   * Gives every login that somebody has made since, such as a new service's, its password; returns
   * how many got one.
   */
  public int setPasswords() {
    try (Connection connection = Connections.open(url, owner, passwords)) {
      return new RolePasswords(connection, url, passwords).apply();
    } catch (SQLException e) {
      throw unprepared(e);
    }
  }

  /** Migrations that are not in the database yet, by file name; for a look without a change. */
  public List<String> pending() {
    return Stream.concat(Stream.of(flyway()), jobs.stream().map(this::flyway))
        .flatMap(flyway -> Arrays.stream(flyway.info().pending()))
        .map(MigrationInfo::getScript)
        .toList();
  }

  private Flyway flyway() {
    return configured()
        .locations(locations)
        .table(HISTORY)
        .placeholders(Map.of("parts", Integer.toString(PARTS)))
        .load();
  }

  /** The schema is not empty when a job's history begins. */
  private Flyway flyway(JobMigration job) {
    return configured()
        .locations(job.location())
        .table(job.history())
        .placeholderReplacement(false)
        .createSchemas(false)
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load();
  }

  private FluentConfiguration configured() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(url);
    dataSource.setUser(owner);
    dataSource.setPassword(passwords.of(owner));
    dataSource.setApplicationName("commondata migrator");
    return Flyway.configure()
        .dataSource(dataSource)
        .failOnMissingLocations(true)
        .validateMigrationNaming(true)
        .defaultSchema(SCHEMA)
        .loggers("slf4j");
  }

  private static int makePartitions(Connection connection) throws SQLException {
    String sql =
        """
        SELECT commondata.make_partitions()
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  /** Of a script that failed: which, where, and what the server says; else what Flyway says. */
  private static String oneLine(FlywayException e) {
    String told = String.valueOf(e.getMessage()).strip();
    Matcher script = FAILED_SCRIPT.matcher(told);
    Matcher line = FAILED_LINE.matcher(told);
    Optional<SQLException> said = Causes.first(e, SQLException.class);
    if (said.isEmpty() || !script.find()) {
      return oneLine(told);
    }
    String where = line.find() ? ", line " + line.group(1) : "";
    return "%s%s: %s".formatted(script.group(1), where, oneLine(said.get().getMessage()));
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\s*\\R[-\\s]*", "; ");
  }

  /**
   * What a migration did.
   *
   * @param migrations files that ran
   * @param passwords logins whose password was set
   * @param types event types and versions that were registered, or whose schema changed
   * @param partitions day partitions that were made
   */
  public record Result(int migrations, int passwords, int types, int partitions) {

    public boolean changedNothing() {
      return migrations == 0 && passwords == 0 && types == 0 && partitions == 0;
    }
  }
}
