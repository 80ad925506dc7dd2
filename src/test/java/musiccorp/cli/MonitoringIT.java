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

/** What a monitoring system gets from a node that runs. */
final class MonitoringIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void showsFiguresAndHealth() throws Exception {
    try (MusicCorp node =
        MusicCorp.start(
            INSTALLATION.session().database(),
            INSTALLATION.session().home(),
            new MusicCorp.Options(List.of("payment"), "127.0.0.1", 0, JobCatalog.packed()))) {
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

  private static HttpResponse<String> get(MusicCorp node, String endpoint)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d/actuator/%s".formatted(node.port(), endpoint));
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}
