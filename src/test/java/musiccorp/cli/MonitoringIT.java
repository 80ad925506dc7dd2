package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobCatalog;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import musiccorp.MusicCorp;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What a monitoring system gets from a node that runs. */
final class MonitoringIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void showsFiguresAndHealth() throws Exception {
    try (MusicCorp node = node()) {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(get(node, "prometheus").body())
                      .contains("commondata_polls_idle_ratio{subscription=\"payment\"}"));

      assertThat(get(node, "prometheus").body())
          .contains("commondata_lag_events{part=\"0\",subscription=\"payment\"}")
          .contains("commondata_lag_seconds{part=\"0\",subscription=\"notification\"}")
          .contains("commondata_stamp_lag_seconds ")
          .contains("commondata_parked_keys{subscription=\"payment\"} 0.0")
          .contains("commondata_wal_bytes_per_event ");
      HttpResponse<String> health = get(node, "health");
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(Json.parsed(health.body()).get("status").asString()).isEqualTo("UP");
      assertThat(Json.parsed(health.body()).get("components").propertyNames())
          .contains("log", "diskSpace");
      assertThat(health.body()).as("no paths").doesNotContain(INSTALLATION.home().toString());
    }
  }

  @Test
  void theNodesLogTellsCommandsThatFindItsDatabase() {
    JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            INSERT INTO commondata.file (feed, name, sha256, size_bytes, business_date, state)
            SELECT 'catalog', 'a.csv', repeat('0', 64), 1, DATE '2026-11-21', 'HELD'
            """)
        .update();

    try (MusicCorp node = node()) {
      assertThat(node.subscriptions()).contains("payment");
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(INSTALLATION.session().home().logs().resolve("node.log"))
                      .content()
                      .contains("file-held: ", "./commondata --jobs there file release "));
    }
  }

  private static MusicCorp node() {
    return MusicCorp.start(
        INSTALLATION.session().database(),
        INSTALLATION.session().home(),
        new MusicCorp.Options(
            List.of("payment"),
            "127.0.0.1",
            0,
            JobCatalog.packed(),
            hint -> hint.replace("./commondata", "./commondata --jobs there")));
  }

  private static HttpResponse<String> get(MusicCorp node, String endpoint)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d/actuator/%s".formatted(node.port(), endpoint));
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}
