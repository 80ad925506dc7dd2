package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Packed files, from the drop directory into the table or to the refused ones. */
final class PackedFeedIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final int RECORDS = 500;
  private static final int BOMB_CHARS = 32 * 1024 * 1024;

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");

  @BeforeEach
  void makeTables() {
    LargeFeed.makeTablesAnew(DATABASE);
  }

  private LargeFeed feed(String compression) {
    return new LargeFeed(DATABASE, drop, clock, "packed").packedBy(compression);
  }

  private static byte[] packed(String compression, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (compression) {
          case "gzip" -> new GZIPOutputStream(bytes);
          case "bzip2" -> new BZip2CompressorOutputStream(bytes);
          default -> entry(new ZipOutputStream(bytes), "../../../slipped.csv");
        }) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static ZipOutputStream entry(ZipOutputStream zip, String name) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    return zip;
  }

  private static byte[] twoFiles() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : new String[] {"a.csv", "b.csv"}) {
        entry(zip, name).write(LargeFeed.records(3).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  /** The name within a zip file is of no account: nothing is unpacked to the disk. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void areLoadedAndUnpackedNowhere(String compression) throws IOException {
    LargeFeed feed = feed(compression);
    Files.write(feed.incoming("a.csv"), packed(compression, LargeFeed.records(RECORDS)));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 500 500 0");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("500");
    try (var below = Files.walk(drop)) {
      assertThat(below.filter(path -> path.endsWith("slipped.csv"))).isEmpty();
    }
    assertThat(drop.resolveSibling("slipped.csv")).doesNotExist();
  }

  /** That of gzip is among the ends of nodes in SlicedLoadIT. */
  @ParameterizedTest
  @ValueSource(strings = {"bzip2", "zip"})
  void areGoneOnWithBehindTheSlicesOfANodeThatDied(String compression) throws IOException {
    LargeFeed feed = feed(compression);
    Files.write(feed.incoming("a.csv"), packed(compression, LargeFeed.records(2 * RECORDS)));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 5);
    List<String> before = slices(feed);
    assertThat(before).hasSizeGreaterThanOrEqualTo(5);

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0");
    assertThat(slices(feed)).containsAll(before).hasSizeGreaterThan(before.size());
    assertThat(feed.one("SELECT concat_ws(' ', count(*), sum(n)) FROM published.large"))
        .isEqualTo("1000 4500");
  }

  private static List<String> slices(LargeFeed feed) {
    return feed.query("SELECT byte_from || ' ' || run FROM commondata.file_slice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void areRefusedWhenTheyAreCutOff(String compression) throws IOException {
    byte[] whole = packed(compression, LargeFeed.records(RECORDS));

    assertRefused(compression, Arrays.copyOf(whole, whole.length * 2 / 3));
  }

  @ParameterizedTest
  @ValueSource(strings = "zip")
  void areRefusedWhenTheyHoldMoreThanOneFile(String compression) throws IOException {
    assertRefused(compression, twoFiles());
  }

  /** What a few kilobytes hold would fill memory or disk. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void areRefusedWhenTheyUnpackToFarMoreThanTheyAre(String compression) throws IOException {
    byte[] bomb = packed(compression, "id,n\n" + "x".repeat(BOMB_CHARS));
    assertThat(bomb).as("small on the disk").hasSizeLessThan(BOMB_CHARS / 200);

    String reason = assertRefused(compression, bomb);

    assertThat(reason).contains("it unpacks to more than 200 times its size");
  }

  private String assertRefused(String compression, byte[] content) throws IOException {
    LargeFeed feed = feed(compression);
    Files.write(feed.incoming("a.csv"), content);
    Files.write(feed.incoming("b.csv"), packed(compression, LargeFeed.records(RECORDS)));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger())
        .satisfiesExactly(
            refused -> assertThat(refused).startsWith("a.csv REJECTED"),
            loaded -> assertThat(loaded).isEqualTo("b.csv LOADED 500 500 0"));
    String id = feed.one("SELECT id::text FROM commondata.file WHERE name = 'a.csv'");
    String reason =
        Files.readString(drop.resolve("packed/rejected/%s-a.csv.reason.txt".formatted(id)));
    assertThat(reason).startsWith("E-ZIP: the file can't be unpacked: ");
    assertThat(feed.one("SELECT count(*)::text FROM published.large")).isEqualTo("500");
    return reason;
  }
}
