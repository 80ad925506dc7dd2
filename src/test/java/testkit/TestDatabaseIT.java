package testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class TestDatabaseIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @Test
  void letsALoginPublishUnderItsOwnName() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('order.placed', 'o-1', '{}')")
        .query()
        .singleValue();

    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT source FROM commondata.outbox WHERE key = 'o-1'")
                .query(String.class)
                .list())
        .containsExactly("order_service");
  }
}
