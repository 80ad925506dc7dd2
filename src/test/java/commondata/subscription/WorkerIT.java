package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import commondata.fault.FaultPoint;
import commondata.schedule.Poll;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import testkit.Faults;
import testkit.TestDatabase;

/** What the log of a node says of an outage: where to look. */
final class WorkerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Logger logger = (Logger) LoggerFactory.getLogger(Worker.class);
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final TestReader reader = new TestReader(DATABASE);
  private final Poll worker =
      new Crew(reader.name(), 1, number -> reader.poller(), PollObserver.NOBODY).workers().get(0);

  @BeforeEach
  void listen() {
    said.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(said);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(said);
    logger.setLevel(null);
  }

  @Test
  void aConflictOfAHandlerIsToldOfItsEvents() {
    reader
        .publish("a1", "b1")
        .when(
            what -> {
              throw new SQLException("deadlock detected", "40P01");
            });

    assertThat(worker.pollOnce()).isFalse();
    untilItWorks();

    String event =
        "test.happened-%s v1 key \"%s\" at 3:%d"
            .formatted(reader.name(), reader.key("a"), reader.pos() - 1);
    assertThat(lines())
        .containsExactly(
            reader.name() + ": " + event + ", with 1 behind it, is tried again: deadlock detected");
  }

  @Test
  void whatIsMetBeforeAnEventIsToldOfTheDatabase() {
    reader.publish("a1");
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.STAMP_BEGUN) {
                throw new DataAccessResourceFailureException(
                    "no answer", new SQLException("connection lost", "08006"));
              }
            })) {
      assertThat(worker.pollOnce()).isFalse();
      assertThat(faults.hits(FaultPoint.STAMP_BEGUN)).isEqualTo(1);
    }
    untilItWorks();

    assertThat(lines())
        .containsExactly(
            reader.name() + ": the database can't be used, polling goes on: connection lost",
            reader.name() + ": the database can be used again");
  }

  private void untilItWorks() {
    reader.when(what -> {});
    await().until(worker::pollOnce);
  }

  private List<String> lines() {
    return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
