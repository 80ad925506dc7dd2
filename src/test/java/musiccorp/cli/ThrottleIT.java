package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.Act;
import commondata.operate.LetterAct;
import commondata.operate.Operate;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import scenario.SettledWorld;

/** A replay of many letters is not a flood. */
final class ThrottleIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final int LETTERS = 4;
  private static final int PER_SECOND = 20;
  private static final long A_TWENTIETH_OF_A_SECOND = 50_000_000;

  @Test
  void restsAfterEachLetterBeforeTheNextOne() {
    SettledWorld.write(INSTALLATION.owner());
    List<Long> letters =
        IntStream.range(0, LETTERS)
            .mapToObj(n -> SettledWorld.deadLetter(INSTALLATION.owner(), "throttled-" + n))
            .toList();
    Operate operate = INSTALLATION.session().operate();
    long set = operate.makeLetterSet(LetterAct.REPLAY, letters, new Act("ann", "mended"));
    List<Long> rests = new ArrayList<>();
    List<Long> replayed = new ArrayList<>();
    Throttle throttle =
        new Throttle(
            PER_SECOND,
            nanos -> {
              rests.add(nanos);
              replayed.add(replayed());
            });

    HospitalAct.goThrough(operate, set, throttle, "replayed", output());

    assertThat(rests).hasSize(LETTERS).containsOnly(A_TWENTIETH_OF_A_SECOND);
    assertThat(replayed).as("at each rest").containsExactly(1L, 2L, 3L, 4L);
  }

  private static long replayed() {
    return JdbcClient.create(INSTALLATION.owner())
        .sql("SELECT count(*) FROM commondata.dead_letter WHERE state = 'REPLAYED'")
        .query(Long.class)
        .single();
  }

  private static Output output() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return new Output(nowhere, nowhere, new CliOptions());
  }
}
