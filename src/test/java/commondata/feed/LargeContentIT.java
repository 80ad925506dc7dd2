package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Content that is larger than the memory of the process that reads it. The build server runs it
 * with a gigabyte: {@code -Dtest.large.megabytes=1024}.
 */
final class LargeContentIT extends FeedProcessSteps {

  private static final int MEGABYTES = Integer.getInteger("test.large.megabytes", 16);
  private static final int UNREADABLE_MEGABYTES = Math.max(100, MEGABYTES);
  private static final int LONG_RECORDS = 100;
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String HEAP_PROMISED = "128m";
  private static final String HEAP_TOO_SMALL_FOR_IT = "64m";
  private static final Duration LONGEST_LOAD = Duration.ofMinutes(20);

  /** What Java itself needs, and what it reads and sorts outside of its heap, come to it. */
  private static final long RESIDENT_PROMISED = 256L * 1024 * 1024;

  @SuppressWarnings("NullAway.Init")
  private LargeFeed feed;

  @BeforeEach
  void begin() {
    feed = feed("append");
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(BufferedWriter out) throws IOException;
  }

  private void drop(String name, Content content) throws IOException {
    Path part = feed.incoming("." + name + ".part");
    try (BufferedWriter out = Files.newBufferedWriter(part, StandardCharsets.US_ASCII)) {
      content.writeTo(out);
    }
    Files.move(part, feed.incoming(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** A process with a heap of that size takes all files, and lives; returns what it held. */
  private long load(String heap) throws IOException, InterruptedException {
    Process node = FeedProcess.start(DATABASE, drop, "append", heap);
    nodes.add(node);
    FeedProcess.awaitEnd(node, drop, LONGEST_LOAD);
    return FeedProcess.peakResidentBytes(node);
  }

  @Test
  void loadsAFileOfManyMegabytesWithTheMemoryThatIsPromised() throws Exception {
    long records = MEGABYTES * 1024L * 1024 / (LargeFeed.id(0).length() + 3);
    drop(
        "a.csv",
        out -> {
          out.write("id,n\n");
          for (long i = 0; i < records; i++) {
            // Keys in their order: what is tried is the reading, not the index.
            out.write("%08x-0000-4000-8000-%012x,1\n".formatted(i, i));
          }
          out.write("#T,%d,%d\n".formatted(records, records));
        });

    long resident = load(HEAP_PROMISED);

    assertThat(resident).isLessThanOrEqualTo(RESIDENT_PROMISED);
    assertThat(resident > 0).as("the kernel says it").isEqualTo(Files.exists(STATUS));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED %d %d 0".formatted(records, records));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("%d %d".formatted(records, records));
  }

  /** Each is nearly as long as a record may be, and as a row twice as long. */
  @Test
  void loadsLongRecordsWithTheMemoryThatIsPromised() throws Exception {
    DATABASE.superuser().sql("ALTER TABLE catalog.large ADD COLUMN t text").update();
    feed.laidOut(
        layout ->
            layout.replace(
                "type: integer}\ntrailer",
                "type: integer}\n  - {name: t, type: text, max_length: 1048576}\ntrailer"));
    String tabs = "\t".repeat(1_000_000);
    drop(
        "a.csv",
        out -> {
          out.write("id,n,t\n");
          for (int i = 0; i < LONG_RECORDS; i++) {
            out.write("%s,1,%s\n".formatted(LargeFeed.id(i), tabs));
          }
          out.write("#T,%d,%d\n".formatted(LONG_RECORDS, LONG_RECORDS));
        });

    load(HEAP_PROMISED);

    assertThat(feed.ledger())
        .containsExactly("a.csv LOADED %d %d 0".formatted(LONG_RECORDS, LONG_RECORDS));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(length(t))) FROM catalog.large"))
        .isEqualTo("%d %d".formatted(LONG_RECORDS, LONG_RECORDS * 1_000_000L));
    assertThat(feed.query("SELECT state FROM commondata.run")).containsExactly("SUCCEEDED");
  }

  @Test
  void namesTheLineWhereAQuoteOpensThatTheRestOfTheFileDoesNotClose() throws Exception {
    drop(
        "a.csv",
        out -> {
          out.write("id,n\n%s,1\n\"never closed,2\n".formatted(LargeFeed.id(1)));
          fill(out, LargeFeed.id(2) + ",1\n");
        });
    feed.drop("b.csv", LargeFeed.records(3));

    load(HEAP_TOO_SMALL_FOR_IT);

    assertThat(feed.ledger()).hasSize(2).last().isEqualTo("b.csv LOADED 3 3 0");
    assertThat(feed.one("SELECT reason FROM commondata.file WHERE name = 'a.csv'"))
        .startsWith("E-QUOTE at line 3: a quote that is opened in this line is not closed");
  }

  @Test
  void refusesALineThatIsLongerThanTheMemoryAndReadsTheNext() throws Exception {
    drop(
        "a.csv",
        out -> {
          out.write("id,n\n%s,1\n".formatted(LargeFeed.id(1)));
          fill(out, "x");
          out.write("\n%s,1\n#T,3,2\n".formatted(LargeFeed.id(2)));
        });

    load(HEAP_TOO_SMALL_FOR_IT);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 2 1");
    assertThat(feed.rejects())
        .as("all that is wrong with it")
        .contains("3 E-REC-LONG")
        .allMatch(reject -> reject.startsWith("3 "));
  }

  private static void fill(BufferedWriter out, String piece) throws IOException {
    long pieces = UNREADABLE_MEGABYTES * 1024L * 1024 / piece.length();
    for (long i = 0; i < pieces; i++) {
      out.write(piece);
    }
  }
}
