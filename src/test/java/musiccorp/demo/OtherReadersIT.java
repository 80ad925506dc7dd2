package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** Somebody else's reader on the company's log, which nobody runs. */
class OtherReadersIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Story story = OrderPlan.of(1, 60, LocalDate.of(2026, 3, 2));

  @Test
  void namesWhoIsBehindAndLeavesOtherReadersOut() {
    DATABASE
        .superuser()
        .sql("SELECT commondata.create_subscription('idle', 'fraud_service', '{log.tested}')")
        .query()
        .listOfRows();
    DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.publish('log.tested', 'X', '{}')")
        .query()
        .listOfRows();

    Headway ours = headway("order");
    assertThat(ours.state(story).waiting()).isZero();
    assertThat(ours.isBehind()).isFalse();
    Headway.State withIt = headway("order", "idle").state(story);
    assertThat(withIt.waiting()).isEqualTo(1);
    assertThat(withIt.waitingAt()).isEqualTo("idle");
    assertThat(headway("idle").isBehind()).isTrue();
  }

  private static Headway headway(String... subscriptions) {
    return new Headway(DATABASE.login("commondata_console"), Set.of(subscriptions));
  }
}
