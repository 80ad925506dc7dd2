package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import commondata.upkeep.Upkeep;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import testkit.TestDatabase;

/** Somebody changes where keys lie, after the log was installed. */
final class PartsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String INSTALLED = "(hashtextextended(key, 0) & 2147483647) % 8";
  private static final String BY_ANOTHER_SEED = "(hashtextextended(key, 1) & 2147483647) % 8";
  private static final String MOVE =
      "UPDATE commondata.outbox SET part = commondata.part_of(key) WHERE part = 9";

  private final TestReader reader = new TestReader(DATABASE);

  @AfterEach
  void putBack() {
    haveParts(8);
    placeKeys(INSTALLED);
  }

  @Test
  void startStopsWhenThereAreMore() {
    haveParts(16);

    assertThatThrownBy(PartsIT.this::start)
        .hasMessageContaining("installed with 8 parts and now says 16");
  }

  @Test
  void startStopsWhenKeysLieInOthers() {
    placeKeys(BY_ANOTHER_SEED);
    assertThatThrownBy(PartsIT.this::start)
        .hasMessageContaining("the order within a key breaks")
        .hasMessageContaining("Put commondata.parts() and part_of() back");

    placeKeys(INSTALLED);
    assertThat(start()).isNotEmpty();
  }

  @Test
  void startStopsWhenSomeKeysLieInOthers() {
    placeKeys(
        "CASE WHEN key < ''probe-4'' THEN %s ELSE %s END".formatted(INSTALLED, BY_ANOTHER_SEED));

    assertThatThrownBy(PartsIT.this::start)
        .hasMessageContaining("keys lie in other parts than the log was installed with");
  }

  @Test
  void aNodeThatRunsSaysSoOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(Upkeep.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    Upkeep upkeep =
        new Upkeep(
            DATABASE.database(), "test", Duration.ofDays(30), hint -> hint, Clock.systemUTC());
    upkeep.pollOnce();
    assertThat(said.list).isEmpty();

    placeKeys(BY_ANOTHER_SEED);
    upkeep.pollOnce();
    upkeep.pollOnce();
    logger.detachAppender(said);

    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "log-parts: log: keys lie in other parts than the log was installed with: the order within a key breaks. Put commondata.parts() and part_of() back");
  }

  @Test
  void nothingIsNumberedWhileAnEventLiesInAPartThatIsNotThere() {
    reader.publish("a1");
    String key = reader.key("a");
    placeKeys("9");
    new Outbox(DATABASE.login("order_service"), new EventCodec())
        .publish(NewEvent.of("test.happened-" + reader.name(), key, "\"a2\""));
    placeKeys(INSTALLED);
    reader.publish("a3", "b1");

    for (String numbering :
        List.of("SELECT commondata.stamp()", "SELECT commondata.restamp('ann', 'a test')")) {
      assertThatThrownBy(() -> owner().sql(numbering).query().singleRow())
          .rootCause()
          .hasMessageContaining("an event lies in part 9, which the log was installed without")
          .hasMessageContaining(MOVE);
    }
    assertThat(owner().sql("SELECT sum(head) FROM commondata.part_head").query(Long.class).single())
        .as("positions given")
        .isZero();

    owner().sql(MOVE).update();
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2", "a3", "b1");
    assertThat(reader.violations()).isEmpty();
  }

  private List<Poll> start() {
    Subscription any =
        Subscription.named(reader.name()).login(TestReader.LOGIN).onBatch(events -> {}).build();
    Duration rest = Duration.ofMillis(100);
    return new Reading(
            DATABASE.database(),
            "test",
            new EventCodec(),
            new Reading.Settings(10, 1, false, rest, rest))
        .polls(List.of(any));
  }

  private static void haveParts(int parts) {
    owner()
        .sql(
            """
            CREATE OR REPLACE FUNCTION commondata.parts() RETURNS smallint
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            AS 'SELECT %d::smallint'
            """
                .formatted(parts))
        .update();
  }

  private static void placeKeys(String part) {
    owner()
        .sql(
            """
            CREATE OR REPLACE FUNCTION commondata.part_of(key text) RETURNS smallint
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            AS 'SELECT (%s)::smallint'
            """
                .formatted(part))
        .update();
  }

  private static JdbcClient owner() {
    return JdbcClient.create(
        new DriverManagerDataSource(DATABASE.url(), DATABASE.owner(), DATABASE.password()));
  }
}
