package testkit;

import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The product's own embedded server, in {@code target/test-home}: kept between test runs, so that
 * only the first one unpacks it. A commit does not wait for the disk; nothing here outlives a test.
 */
final class EmbeddedServer implements TestServer {

  private final EmbeddedPostgres postgres;

  EmbeddedServer() {
    postgres =
        EmbeddedPostgres.open(
            new Home(Path.of("target", "test-home").toAbsolutePath()),
            login -> TestServers.PASSWORD,
            OptionalInt.empty());
    TestServers.execute(this, "postgres", "ALTER SYSTEM SET synchronous_commit = off");
    TestServers.execute(this, "postgres", "SELECT pg_reload_conf()");
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
  public void close() {
    postgres.close();
  }
}
