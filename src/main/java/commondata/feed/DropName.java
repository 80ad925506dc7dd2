package commondata.feed;

import commondata.job.Step;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which names feeds take from {@code incoming}. */
public final class DropName {

  static final int BYTES_MAX = 200;

  private static final List<String> TEMPORARY =
      List.of(".part", ".tmp", ".writing", ".filepart", ".swp");

  private DropName() {}

  /** Whether a file of the name is still being written: it lies there untaken. */
  public static boolean isTemporary(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return isHidden(name) || TEMPORARY.stream().anyMatch(lower::endsWith);
  }

  /** Whether what has the name may be none of anybody's business, such as a tool's own file. */
  static boolean isHidden(String name) {
    return name.startsWith(".");
  }

  /** Why no feed takes a file of the name; null if one may. */
  public static @Nullable String whyNot(String name) {
    return isTemporary(name)
        ? "a name that begins with a dot, or ends in %s, is of a file that is still being written"
            .formatted(String.join(", ", TEMPORARY))
        : whyRefused(name);
  }

  /** Why a file of the name is moved out of the way; null if it is not. */
  static @Nullable String whyRefused(String name) {
    if (ofItsFile(name).getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      return "the name is longer than %d bytes".formatted(BYTES_MAX);
    }
    return name.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == 0xFFFD)
        ? "the name has a control character, a backslash or bytes that are no text"
        : null;
  }

  /**
   * What says something of a file has that file's name, and an ending: it may be so much longer.
   */
  private static String ofItsFile(String name) {
    return Stream.concat(Readiness.MARKERS.stream(), Stream.of(Step.Export.ACKNOWLEDGEMENT))
        .filter(name::endsWith)
        .map(ending -> name.substring(0, name.length() - ending.length()))
        .findFirst()
        .orElse(name);
  }
}
