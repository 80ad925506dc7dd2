package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.home.Home;
import commondata.job.JobCatalog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import musiccorp.MusicCorp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

class DemoIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final StringWriter progress = new StringWriter();

  @Test
  void goesFromNothingToSettledWithEveryInvariantHolding(@TempDir Path directory) {
    Home home = new Home(directory).create();

    Demo.Result first = run(home, 60);
    Demo.Result second = run(home, 5);

    assertThat(first.exitCode()).as(first.text()).isZero();
    assertThat(object(first, "orders")).containsEntry("placed", 60);
    assertThat(object(first, "orders").get("byState"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsKeys("DELIVERED", "CHARGED_BACK", "REJECTED")
        .containsKey(comesTooLateToCancel() ? "DELIVERED" : "CANCELLED");
    assertThat(object(first, "files")).containsEntry("rejected", 1).containsEntry("rejects", 3L);
    assertThat(first.json().get("flags")).isEqualTo(5);
    assertThat(object(first, "check")).containsEntry("violations", 0L);
    assertThat(manifests()).containsExactly("ACKNOWLEDGED");
    assertThat(home.drop().resolve("carrier-manifest/outgoing")).isEmptyDirectory();
    assertThat(home.drop().resolve("carrier-manifest/sent")).isNotEmptyDirectory();
    assertThat(second.exitCode()).as(second.text()).isZero();
    assertThat(object(second, "orders")).containsEntry("placed", 5);
  }

  /** Customers who change their minds race with the warehouse, which may win both times. */
  private boolean comesTooLateToCancel() {
    return progress.toString().contains("2 cancellations came too late");
  }

  private static List<String> manifests() {
    return DATABASE
        .superuser()
        .sql("SELECT DISTINCT f.state FROM commondata.file AS f WHERE f.feed = 'carrier-manifest'")
        .query(String.class)
        .list();
  }

  private Demo.Result run(Home home, int orders) {
    try (MusicCorp node =
        MusicCorp.start(
            DATABASE.database(),
            home,
            new MusicCorp.Options(List.of(), "127.0.0.1", 0, JobCatalog.packed(), hint -> hint))) {
      Company company = new Headquarters(DATABASE.database(), home, JobCatalog.packed(), node);
      return new Demo(company, new Progress(new PrintWriter(progress), false))
          .run(Demo.source(new Demo.Options(orders, null)));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Demo.Result result, String name) {
    return (Map<String, Object>) java.util.Objects.requireNonNull(result.json().get(name));
  }
}
