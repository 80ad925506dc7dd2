package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class StrictDecoderTest {

  private static String decode(byte[] bytes, int atOnce, int charsAtOnce) throws IOException {
    InputStream drops =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, atOnce));
          }
        };
    StringBuilder text = new StringBuilder();
    char[] buffer = new char[charsAtOnce];
    try (StrictDecoder decoder = new StrictDecoder(drops)) {
      for (int n = decoder.read(buffer, 0, charsAtOnce);
          n >= 0;
          n = decoder.read(buffer, 0, charsAtOnce)) {
        text.append(buffer, 0, n);
      }
    }
    return text.toString();
  }

  @Test
  void decodesWhereverTheBytesAreCut() throws IOException {
    String text = "Ágætis 😀 byrjun €\n";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

    for (int atOnce = 1; atOnce < 6; atOnce++) {
      for (int chars = 1; chars < 6; chars++) {
        assertThat(decode(bytes, atOnce, chars)).isEqualTo(text);
      }
    }
  }

  @Test
  void keepsEveryMalformedByteAndWhatFollows() throws IOException {
    byte[] bytes = {'a', (byte) 0xE9, 'b', (byte) 0xC3, (byte) 0x28, 'c', (byte) 0xF0, (byte) 0x9F};

    for (int atOnce = 1; atOnce < 4; atOnce++) {
      String text = decode(bytes, atOnce, 16);

      assertThat(StrictDecoder.visible(text)).isEqualTo("a\\xE9b\\xC3(c\\xF0\\x9F");
      assertThat(StrictDecoder.indexOfMalformed(text)).isEqualTo(1);
    }
  }

  @Test
  void skipsAByteOrderMarkOnlyAtTheBegin() throws IOException {
    byte[] bytes = "\uFEFFa\uFEFF".getBytes(StandardCharsets.UTF_8);

    assertThat(decode(bytes, 2, 16)).isEqualTo("a\uFEFF");
    assertThat(decode(Arrays.copyOf(bytes, 3), 1, 1)).isEmpty();
  }

  @Test
  void tellsThatThereWasANul() throws IOException {
    StrictDecoder decoder = new StrictDecoder(new ByteArrayInputStream(new byte[] {'a', 0}));

    assertThat(decoder.read(new char[8], 0, 8)).isEqualTo(2);
    assertThat(decoder.suspicious()).isTrue();
    assertThat(StrictDecoder.visible("a\0")).isEqualTo("a\\x00");
  }

  @Test
  void takesNoPairForAMalformedByte() {
    assertThat(StrictDecoder.indexOfMalformed("😀")).isEqualTo(-1);
  }
}
