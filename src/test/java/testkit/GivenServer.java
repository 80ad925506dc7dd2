package testkit;

import java.util.Objects;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** A server that is there already; its address names a superuser and the password. */
final class GivenServer implements TestServer {

  private final String hostAndPort;
  private final String user;
  private final String password;

  GivenServer(String url) {
    Properties parts = Driver.parseURL(url, new Properties());
    if (parts == null) {
      throw new IllegalArgumentException(
          "-Dtest.database.url \"%s\" is not of the form jdbc:postgresql://host:port/postgres?user=...&password=..."
              .formatted(url));
    }
    hostAndPort =
        Objects.requireNonNull(PGProperty.PG_HOST.getOrDefault(parts))
            + ":"
            + PGProperty.PG_PORT.getOrDefault(parts);
    user = Objects.requireNonNullElse(PGProperty.USER.getOrDefault(parts), "postgres");
    password = Objects.requireNonNullElse(PGProperty.PASSWORD.getOrDefault(parts), "");
  }

  @Override
  public String url(String database) {
    return "jdbc:postgresql://" + hostAndPort + "/" + database;
  }

  @Override
  public String superuser() {
    return user;
  }

  @Override
  public String password() {
    return password;
  }

  @Override
  public void close() {
    // It was not started here.
  }
}
