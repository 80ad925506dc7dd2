package commondata.feed;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** What tests of real processes share: these go by the real time, and none outlives its test. */
abstract class FeedProcessSteps extends LargeFeedSteps {

  static final Duration LONGEST = Duration.ofMinutes(3);

  final List<Process> nodes = new ArrayList<>();

  @AfterEach
  void endNodes() {
    nodes.forEach(node -> node.destroyForcibly().onExit().join());
  }

  @Override
  LargeFeed feed(String job) {
    return new LargeFeed(DATABASE, drop, Clock.systemUTC(), job);
  }

  /** Starts one; at {@code point} it stands still, the {@code time}-th time it comes there. */
  Process start(String job, FaultPoint point, int time) throws IOException {
    return start(List.of(), job, point, time);
  }

  /** The same by way of another command. */
  Process start(List<String> by, String job, FaultPoint point, int time) throws IOException {
    Process node = FeedProcess.start(by, DATABASE, drop, job, point, time);
    nodes.add(node);
    return node;
  }
}
