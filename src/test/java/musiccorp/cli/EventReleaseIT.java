package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator lets a delayed event go. */
final class EventReleaseIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @Test
  void releasesADelayedEventOnce() {
    String id =
        INSTALLATION
            .session()
            .database()
            .login("order_service")
            .jdbc()
            .sql(
                """
                SELECT commondata.publish(
                    'order.placed', 'o-1', '{}', available_at => now() + interval '1 hour')
                """)
            .query(String.class)
            .single();

    Outcome released = INSTALLATION.run("event", "release", id, "--reason", "urgent");
    Outcome again = INSTALLATION.run("event", "release", id);

    assertThat(released.out()).contains(id).contains("order.placed");
    assertThat(released.err()).contains("Next: ").contains(" trace o-1");
    assertThat(released.exitCode()).isZero();
    assertThat(again.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(again.err())
        .contains("Event " + id + " (order.placed, key \"o-1\") does not wait for a time")
        .contains("nothing was done");
    assertThat(INSTALLATION.run("audit").out()).contains("release").contains("urgent");
  }

  @Test
  void saysWhichEventsThereAre() {
    String unknown = "01890000-0000-7000-8000-000000000000";

    assertThat(INSTALLATION.run("event", "release", "77").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(INSTALLATION.run("event", "release", unknown).exitCode())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(INSTALLATION.run("event", "release", unknown).err())
        .contains("There is no event " + unknown);
  }
}
