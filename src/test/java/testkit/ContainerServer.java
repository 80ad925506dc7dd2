package testkit;

import org.testcontainers.postgresql.PostgreSQLContainer;

/** PostgreSQL in a container, by Testcontainers; its reaper removes it with the JVM. */
final class ContainerServer implements TestServer {

  private final PostgreSQLContainer container;

  ContainerServer(String image) {
    container =
        new PostgreSQLContainer(image)
            .withUsername("postgres")
            .withPassword(TestServers.PASSWORD)
            .withDatabaseName("postgres")
            .withCommand("postgres", "-c", "max_connections=200", "-c", "synchronous_commit=off");
    container.start();
  }

  @Override
  public String url(String database) {
    return "jdbc:postgresql://%s:%d/%s"
        .formatted(container.getHost(), container.getMappedPort(5432), database);
  }

  @Override
  public String superuser() {
    return container.getUsername();
  }

  @Override
  public String password() {
    return container.getPassword();
  }

  @Override
  public void close() {
    container.stop();
  }
}
