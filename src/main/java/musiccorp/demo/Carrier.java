package musiccorp.demo;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The carrier: takes the manifests that the company puts out and answers each with two files, first
 * that every parcel is on its way, then, once that file was taken over, that it has arrived; and
 * acknowledges it. What it has done already it sees from where the files lie, so it can be stopped
 * at any moment: an answer given twice has the same name and content, and the company takes content
 * once.
 */
final class Carrier {

  private static final String MANIFESTS = "carrier-manifest";
  private static final String ANSWERS = "carrier-tracking";
  private static final Pattern NAME = Pattern.compile("manifest-(\\d{4}-\\d\\d-\\d\\d)-.*\\.csv");

  private final DropBox drop;

  Carrier(DropBox drop) {
    this.drop = drop;
  }

  /** Looks at every manifest once. */
  void look() {
    List<String> manifests = drop.names(MANIFESTS, "outgoing");
    if (manifests.isEmpty()) {
      return;
    }
    Set<String> taken = new HashSet<>(drop.archived(ANSWERS));
    for (String manifest : manifests) {
      answer(manifest, taken);
    }
  }

  private void answer(String manifest, Set<String> taken) {
    Matcher name = NAME.matcher(manifest);
    if (!name.matches() || drop.isAcknowledged(MANIFESTS, manifest)) {
      return;
    }
    LocalDate date = LocalDate.parse(name.group(1));
    String stem = "tracking-" + manifest.replace(".csv", "");
    String shipped = stem + "-1-shipped.csv";
    if (!taken.contains(shipped)) {
      put(shipped, taken, manifest, "SHIPPED", date);
      return;
    }
    put(stem + "-2-delivered.csv", taken, manifest, "DELIVERED", date.plusDays(1));
    drop.acknowledge(MANIFESTS, manifest);
  }

  private void put(String name, Set<String> taken, String manifest, String status, LocalDate on) {
    // Files move on while we look, so the archive is looked at again, and last.
    if (!taken.contains(name)
        && !drop.isOnItsWay(ANSWERS, name)
        && !drop.archived(ANSWERS).contains(name)) {
      String text = FeedFiles.carrierTracking(parcels(manifest), status, on);
      drop.put(new FeedFile(ANSWERS, name, text));
    }
  }

  private List<String> parcels(String manifest) {
    String text = String.join("\n", drop.lines(MANIFESTS, "outgoing", manifest));
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().commentStrategy(CommentStrategy.SKIP).ofNamedCsvRecord(text)) {
      return csv.stream().map(r -> r.getField("tracking_no")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
