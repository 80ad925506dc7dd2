package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.TestDatabase;

/** How long a failed key, or a part in an outage, rests: doubling, up to a longest, with jitter. */
final class BackoffIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final int CALLS = 200;

  @BeforeAll
  static void subscribe() {
    DATABASE
        .superuser()
        .sql(
            """
            WITH created AS MATERIALIZED (
                SELECT commondata.create_subscription('backoff', 'fraud_service', '{log.tested}')
            )
            SELECT count(*) FROM created
            """)
        .query(Long.class)
        .single();
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.subscription
            SET backoff_ms = 100, backoff_max_ms = 1000
            WHERE name = 'backoff'
            """)
        .update();
  }

  @ParameterizedTest
  @CsvSource({"0, 100", "1, 200", "2, 400", "3, 800", "4, 1000", "5, 1000", "1000000, 1000"})
  void doublesUpToTheLongestAndSpreadsAroundIt(int times, double middle) {
    List<Double> waits = waits(times);

    assertThat(waits)
        .hasSize(CALLS)
        .allSatisfy(wait -> assertThat(wait).isBetween(0.5 * middle, 1.5 * middle));
    // 200 draws of a uniform one: all within four fifths of its width once in 10^17 runs.
    assertThat(waits).anyMatch(wait -> wait < 0.6 * middle).anyMatch(wait -> wait > 1.4 * middle);
    assertThat(new HashSet<>(waits)).hasSizeGreaterThan(CALLS / 2);
  }

  private static List<Double> waits(int times) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT extract(epoch FROM commondata.wait_after(s, :times)) * 1000
            FROM commondata.subscription AS s
            CROSS JOIN generate_series(1, :calls)
            WHERE s.name = 'backoff'
            """)
        .param("times", times)
        .param("calls", CALLS)
        .query(Double.class)
        .list();
  }
}
