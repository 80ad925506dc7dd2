package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How many statements go in one round trip: a driver that counts. */
final class WritesTest {

  private final List<Integer> sent = new ArrayList<>();
  private final Writes writes = new Writes(source());
  private int batched;

  @Test
  void sendsAThousandTogether() {
    for (int n = 0; n < 2_500; n++) {
      add("INSERT", n);
    }
    assertThat(sent).containsExactly(1_000, 1_000);

    writes.send();
    writes.send();

    assertThat(sent).containsExactly(1_000, 1_000, 500);
  }

  @Test
  void sendsThoseBeforeOneOfAnotherText() {
    add("INSERT", 1);
    add("INSERT", 2);
    add("UPDATE", 3);
    assertThat(sent).containsExactly(2);

    add("INSERT", 4);
    writes.send();

    assertThat(sent).containsExactly(2, 1, 1);
  }

  @Test
  void sendsLargeOnesBeforeTheyUseUpTheMemory() {
    String large = "x".repeat(1 << 22);
    add("INSERT", large);
    assertThat(sent).isEmpty();

    add("INSERT", large);
    add("INSERT", new byte[1 << 23]);

    assertThat(sent).containsExactly(2, 1);
  }

  @Test
  void sendsNothingThatIsForgotten() {
    add("INSERT", 1);
    writes.forget();
    writes.send();

    assertThat(sent).isEmpty();
  }

  private void add(String sql, Object value) {
    writes.add(new Write(sql, List.of(value)));
  }

  private DataSource source() {
    PreparedStatement statement =
        proxy(
            PreparedStatement.class,
            name -> {
              if (name.equals("addBatch")) {
                batched++;
              }
              if (name.equals("executeBatch")) {
                sent.add(batched);
                int[] counts = new int[batched];
                batched = 0;
                return counts;
              }
              return null;
            });
    Connection connection =
        proxy(Connection.class, name -> name.equals("prepareStatement") ? statement : null);
    return proxy(DataSource.class, name -> connection);
  }

  private interface Answer {
    @Nullable Object to(String method);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            WritesTest.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.to(method.getName())));
  }
}
