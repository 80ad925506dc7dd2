package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SliceSourceTest {

  private static final int SLICE_BYTES = 200;

  @TempDir private Path directory = Path.of("");

  /** No record can be told from another where slices are loaded: who looks there is lost. */
  @ParameterizedTest
  @EnumSource(Compression.class)
  void looksForNoRecordInSlicesThatAreLoaded(Compression compression) throws IOException {
    byte[] content = content();
    List<SliceResult> all = slices(compression, content, List.of());
    List<SliceResult> done = new ArrayList<>();
    for (int i : new int[] {0, 1, 3, 5, 6, 7}) {
      done.add(all.get(i));
    }
    done.add(all.get(all.size() - 1));
    for (SliceResult slice : done) {
      Arrays.fill(content, (int) slice.offset(), (int) slice.end(), (byte) 'x');
      content[(int) slice.offset()] = '"';
    }

    List<SliceResult> left = slices(compression, content, done);

    assertThat(all).hasSizeGreaterThan(10);
    List<SliceResult> expected = new ArrayList<>(all);
    expected.removeAll(done);
    assertThat(left)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("rawBytes")
        .isEqualTo(expected);
  }

  private static byte[] content() {
    StringBuilder csv = new StringBuilder("a,n\n");
    IntStream.range(0, 500).forEach(n -> csv.append("\"x\n%d\",%d\n".formatted(n * 7_919, n)));
    return csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The slices that are given out, with nothing known of what is in them. */
  private List<SliceResult> slices(Compression compression, byte[] content, List<SliceResult> done)
      throws IOException {
    Path file = directory.resolve("content");
    try (OutputStream out = packer(compression, Files.newOutputStream(file))) {
      out.write(content);
    }
    List<SliceResult> slices = new ArrayList<>();
    try (SliceSource source = SliceSource.open(file, layout(compression), SLICE_BYTES, done)) {
      for (Slice slice = source.next(); slice != null; slice = source.next()) {
        slices.add(
            new SliceResult(
                slice.offset(),
                slice.end(),
                slice.line(),
                slice.nextLine(),
                slice.rawBytes(),
                0,
                0,
                List.of(),
                null));
      }
      assertThat(source.error()).isNull();
    }
    return slices;
  }

  private static OutputStream packer(Compression compression, OutputStream out) throws IOException {
    return switch (compression) {
      case NONE -> out;
      case GZIP -> new GZIPOutputStream(out);
      case BZIP2 -> new BZip2CompressorOutputStream(out);
      case ZIP -> {
        ZipOutputStream zip = new ZipOutputStream(out);
        zip.putNextEntry(new ZipEntry("content"));
        yield zip;
      }
    };
  }

  private static Layout layout(Compression compression) {
    String yaml =
        """
        format: csv
        compression: %s
        staging: staging.t
        columns:
          - {name: a, type: text}
          - {name: n, type: integer}
        """
            .formatted(compression.name().toLowerCase(Locale.ROOT));
    return Layout.read(new JobFolder("j", "j", name -> yaml), "layout.yaml");
  }
}
