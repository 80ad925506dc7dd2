package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** What the one file in a zip file is called is of no account. */
final class ZipNamesTest {

  private static ReadFile read(byte[] zip) {
    return ReadFile.of(
        """
        format: csv
        staging: staging.t
        compression: zip
        columns: [{name: a, type: text}, {name: n, type: integer}]
        """,
        zip,
        1_000_000);
  }

  private static byte[] zipOf(String name, Charset charset) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes, charset)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write("a,n\nx,1\n".getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void mayBeInACodePage() throws IOException {
    byte[] zip = zipOf("preis-\u00e4.csv", Charset.forName("IBM850"));

    assertThat(read(zip).rows()).isEqualTo("9\t2\tx\t1\n");
  }

  @Test
  void mustBeUtf8IfTheySaySo() throws IOException {
    byte[] zip = zipOf("x.csv", StandardCharsets.UTF_8);
    for (int i = 0; i < zip.length - 1; i++) {
      if (zip[i] == 'x' && zip[i + 1] == '.') {
        zip[i] = (byte) 0xE4;
      }
    }

    assertThat(read(zip).errors()).extracting(FileError::code).containsExactly(Code.ZIP);
  }
}
