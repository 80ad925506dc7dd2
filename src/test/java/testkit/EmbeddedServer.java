package testkit;

import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * The product's own embedded server, in {@code target/test-home-1}, for the first JVM that runs
 * tests: kept between test runs, so that only the first one unpacks it. A commit does not wait for
 * the disk; nothing here outlives a test.
 */
final class EmbeddedServer implements TestServer {

  private EmbeddedPostgres postgres;

  EmbeddedServer() {
    postgres = open();
    TestServers.execute(this, "postgres", "ALTER SYSTEM SET synchronous_commit = off");
    TestServers.execute(this, "postgres", "SELECT pg_reload_conf()");
    letTransactionsBePrepared();
  }

  private static EmbeddedPostgres open() {
    return EmbeddedPostgres.open(
        new Home(
            Path.of("target", System.getProperty("test.home", "test-home-1")).toAbsolutePath()),
        login -> TestServers.PASSWORD,
        OptionalInt.empty());
  }

  /** A setting that a running server does not take; after the first time it is there. */
  private void letTransactionsBePrepared() {
    String allowed =
        JdbcClient.create(
                new DriverManagerDataSource(url("postgres"), superuser(), TestServers.PASSWORD))
            .sql("SHOW max_prepared_transactions")
            .query(String.class)
            .single();
    if (allowed.equals("0")) {
      TestServers.execute(this, "postgres", "ALTER SYSTEM SET max_prepared_transactions = 10");
      postgres.close();
      postgres = open();
    }
  }

  @Override
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(postgres.port(), database);
  }

  @Override
  public String superuser() {
    return "postgres";
  }

  @Override
  public String password() {
    return TestServers.PASSWORD;
  }

  @Override
  public boolean canStartAgain() {
    return true;
  }

  @Override
  public void startAgain() {
    postgres.ensureRunning();
  }

  @Override
  public void close() {
    postgres.close();
  }
}
