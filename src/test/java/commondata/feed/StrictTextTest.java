package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class StrictTextTest {

  private final StrictText text = new StrictText(StandardCharsets.UTF_8, false);

  private String decode(byte[] bytes) {
    text.begin();
    return text.decode(bytes, 0, bytes.length);
  }

  @Test
  void decodesWhatIsWellFormed() {
    String wanted = "Ágætis 😀 byrjun €\n";

    assertThat(decode(wanted.getBytes(StandardCharsets.UTF_8))).isEqualTo(wanted);
    assertThat(text.suspicious()).isFalse();
  }

  @Test
  void keepsEveryMalformedByteAndWhatFollows() {
    byte[] bytes = {'a', (byte) 0xE9, 'b', (byte) 0xC3, (byte) 0x28, 'c', (byte) 0xF0, (byte) 0x9F};

    String found = decode(bytes);

    assertThat(StrictText.visible(found)).isEqualTo("a\\xE9b\\xC3(c\\xF0\\x9F");
    assertThat(StrictText.indexOfMalformed(found)).isEqualTo(1);
    assertThat(text.suspicious()).isTrue();
  }

  @Test
  void takesEveryByteOfASingleByteCharset() {
    StrictText latin = new StrictText(StandardCharsets.ISO_8859_1, false);

    assertThat(latin.decode(new byte[] {'a', (byte) 0xE9}, 0, 2)).isEqualTo("aé");
    assertThat(latin.suspicious()).isFalse();
  }

  @Test
  void tellsThatThereWasANul() {
    assertThat(decode(new byte[] {'a', 0})).isEqualTo("a\0");
    assertThat(text.suspicious()).isTrue();
    assertThat(StrictText.visible("a\0")).isEqualTo("a\\x00");
  }

  @Test
  void takesNoPairForAMalformedByte() {
    assertThat(StrictText.indexOfMalformed("😀")).isEqualTo(-1);
  }
}
