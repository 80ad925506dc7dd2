package commondata.event;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where work belongs in a distributed trace (W3C Trace Context, version 00).
 *
 * @param traceId 32 hexadecimal digits, shared by all that one request caused
 * @param parentId 16 hexadecimal digits: the step that asks
 * @param flags 2 hexadecimal digits
 */
public record Traceparent(String traceId, String parentId, String flags) {

  /** The HTTP header's name. */
  public static final String HEADER = "traceparent";

  private static final Pattern FORM =
      Pattern.compile("(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
  private static final Pattern ZEROS = Pattern.compile("0+");
  private static final String SAMPLED = "01";

  /** Reads a header; what is no valid one is ignored, as the standard asks. */
  public static Optional<Traceparent> parse(@Nullable String header) {
    Matcher parts = FORM.matcher(header == null ? "" : header.strip());
    if (!parts.matches() || (parts.group(1).equals("00") && parts.group(5) != null)) {
      return Optional.empty();
    }
    if (ZEROS.matcher(parts.group(2)).matches() || ZEROS.matcher(parts.group(3)).matches()) {
      return Optional.empty();
    }
    return Optional.of(new Traceparent(parts.group(2), parts.group(3), parts.group(4)));
  }

  /** Begins a trace. */
  public static Traceparent begin() {
    return new Traceparent(hex() + hex(), hex(), SAMPLED);
  }

  /** The next step of the same trace. */
  public Traceparent next() {
    return new Traceparent(traceId, hex(), flags);
  }

  /** As a header's value. */
  public String header() {
    return "00-%s-%s-%s".formatted(traceId, parentId, flags);
  }

  private static String hex() {
    return "%016x".formatted(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
  }
}
