package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.operate.TraceEntry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceDrawingTest {

  @Test
  void showsWhatATerminalWouldObey() {
    TraceEntry entry =
        new TraceEntry(
            Instant.EPOCH,
            "file",
            "a\u001B[2J.csv",
            "batch",
            null,
            "first\nsecond \u202E",
            null,
            null,
            null,
            null,
            null);
    StringWriter text = new StringWriter();

    new TraceDrawing("o\u0007", List.of(entry)).print(new PrintWriter(text, true));

    assertThat(text.toString())
        .contains("o\\x07: 1 step in ", "file a\\x1B[2J.csv: first\\nsecond \\u202E");
  }
}
