package musiccorp.notification;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A mail as RFC 5322 text. The same mail always gives the same bytes, so writing it twice does no
 * harm. Nothing in it can end a header early: control characters become blanks, and a subject that
 * is not plain ASCII goes as encoded words (RFC 2047).
 */
final class Eml {

  private static final String SENDER = "MusicCorp <orders@musiccorp.example>";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");
  private static final Pattern NOT_IN_ADDRESS = Pattern.compile("[\\p{Cntrl}\\s<>,;]");
  private static final Pattern SIMPLE = Pattern.compile("[\\x20-\\x7e]{0,60}");

  /** Encoded words have at most 75 characters; 45 bytes make 60 of Base64, and 12 are around. */
  private static final int BYTES_A_WORD = 45;

  private Eml() {}

  static byte[] bytes(Mail mail) {
    String text =
        String.join(
            "\r\n",
            "From: " + SENDER,
            "To: <" + NOT_IN_ADDRESS.matcher(mail.recipient()).replaceAll("") + ">",
            "Subject: " + header(mail.subject()),
            "Date: " + DATE.format(mail.requestedAt().atOffset(ZoneOffset.UTC)),
            "Message-ID: <" + mail.eventId() + "@musiccorp.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            mail.body().lines().reduce("", (all, line) -> all + line + "\r\n"));
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String header(String value) {
    String line = CONTROL.matcher(value).replaceAll(" ");
    return SIMPLE.matcher(line).matches() && !line.contains("=?") ? line : encodedWords(line);
  }

  private static String encodedWords(String line) {
    StringBuilder words = new StringBuilder();
    StringBuilder word = new StringBuilder();
    line.codePoints()
        .forEach(
            c -> {
              String next = Character.toString(c);
              if (bytesIn(word) + bytesIn(next) > BYTES_A_WORD) {
                words.append(encodedWord(word)).append("\r\n ");
                word.setLength(0);
              }
              word.append(next);
            });
    return words.append(encodedWord(word)).toString();
  }

  private static int bytesIn(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private static String encodedWord(CharSequence text) {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(bytes) + "?=";
  }
}
