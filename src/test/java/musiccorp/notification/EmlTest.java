package musiccorp.notification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class EmlTest {

  private static final UUID EVENT = UUID.fromString("01900000-0000-7000-8000-000000000001");

  @Test
  void writesHeadersAndBody() {
    String eml = eml("zoe@example.org", "Your order o-1 is packed", "Dear Zoë,\n\nit is packed.\n");

    assertThat(eml)
        .isEqualTo(
            String.join(
                "\r\n",
                "From: MusicCorp <orders@musiccorp.example>",
                "To: <zoe@example.org>",
                "Subject: Your order o-1 is packed",
                "Date: Sat, 21 Nov 2026 08:05:09 +0000",
                "Message-ID: <" + EVENT + "@musiccorp.example>",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 8bit",
                "",
                "Dear Zoë,",
                "",
                "it is packed.",
                ""));
  }

  @Test
  void letsNobodyAddAHeader() {
    String eml =
        eml("zoe@example.org>\r\nBcc: <all@example.org", "Hello\r\nBcc: all@example.org", "text");

    assertThat(eml.substring(0, eml.indexOf("\r\n\r\n")).lines())
        .hasSize(8)
        .noneMatch(line -> line.startsWith("Bcc"));
  }

  @Test
  void endsTheHeadersOnceOnly() {
    assertThat(eml("a@b", "x\n\ny", "text").split("\r\n\r\n")).hasSize(2);
  }

  @Test
  void encodesASubjectThatIsNotPlain() {
    String subject = "Blåbærsyltetøy 😀 ".repeat(12).trim();

    String header = Eml.header(subject);

    assertThat(header.split("\r\n ")).allMatch(word -> word.length() <= 75);
    assertThat(decoded(header)).isEqualTo(subject);
    assertThat(decoded(Eml.header("=?UTF-8?B?eA==?="))).isEqualTo("=?UTF-8?B?eA==?=");
  }

  private static String decoded(String header) {
    return Arrays.stream(header.split("\r\n "))
        .map(word -> word.substring("=?UTF-8?B?".length(), word.length() - 2))
        .map(base64 -> new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8))
        .collect(Collectors.joining());
  }

  private static String eml(String recipient, String subject, String body) {
    Instant at = Instant.parse("2026-11-21T08:05:09Z");
    return new String(
        Eml.bytes(new Mail(EVENT, recipient, subject, body, at)), StandardCharsets.UTF_8);
  }
}
