package peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import peers.Commondata.Handling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Two nodes: this process reads, another one publishes, each time it is told to. The other's stamp
 * round tells this one by a NOTIFY ({@code commondata.wake-nodes}).
 */
final class TwoProcesses implements Contestant {

  private static final String READY = "ready";

  private final Commondata reader;
  private final Process other;
  private final Writer orders;

  TwoProcesses(Setting setting) throws SQLException, IOException {
    this.reader = new Commondata(setting, Handling.ONE_BY_ONE, true);
    List<String> command = new ArrayList<>(Child.command("256m", Main.class));
    command.addAll(
        List.of("publisher", setting.place().url(), setting.place().secrets().toString()));
    this.other = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.orders = other.outputWriter(StandardCharsets.UTF_8);
    BufferedReader answers = other.inputReader(StandardCharsets.UTF_8);
    if (!READY.equals(answers.readLine())) {
      throw new IllegalStateException("the publishing process did not start");
    }
  }

  @Override
  public void publish(long id) throws IOException {
    orders.write(id + "\n");
    orders.flush();
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public void stop() throws InterruptedException {
    reader.stop();
  }

  @Override
  public void close() {
    try {
      orders.close();
      if (!other.waitFor(10, TimeUnit.SECONDS)) {
        other.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reader.close();
  }

  /** The other process: publishes an event a line, and reads something else, as any node does. */
  @Command(name = "publisher", hidden = true)
  static final class Publisher implements Callable<Integer> {

    @Parameters(index = "0")
    private @Nullable String url;

    @Parameters(index = "1")
    private @Nullable Path secrets;

    @Override
    public Integer call() throws Exception {
      if (url == null || secrets == null) {
        throw new IllegalArgumentException("url and secrets are needed");
      }
      Place place = new Place(url, Commondata.LOGIN, secrets);
      Setting setting = new Setting(place, Pace.WOKEN, 0, new Tally());
      try (Commondata node = new Commondata(setting, Handling.ONE_BY_ONE, true);
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
        node.start();
        System.out.println(READY);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          node.publish(Long.parseLong(line));
        }
        node.stop();
      }
      return 0;
    }
  }
}
