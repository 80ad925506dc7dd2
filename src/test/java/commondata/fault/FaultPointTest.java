package commondata.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FaultPointTest {

  private static final Pattern USE = Pattern.compile("FaultPoint\\.([A-Z_]+)\\b");

  @Test
  void eachPointStandsAtOnePlaceOfTheCode() throws IOException {
    Map<FaultPoint, Integer> places = new EnumMap<>(FaultPoint.class);
    for (Path file : sources()) {
      Matcher uses = USE.matcher(Files.readString(file));
      while (uses.find()) {
        places.merge(FaultPoint.valueOf(uses.group(1)), 1, Integer::sum);
      }
    }

    assertThat(places).containsOnlyKeys(FaultPoint.values());
    assertThat(places).allSatisfy((point, count) -> assertThat(count).as("%s", point).isOne());
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsLabel(FaultPoint point) {
    assertThat(point.label()).matches("[a-z-]+\\.[a-z]+");
    assertThat(FaultPoint.labelled(point.label())).contains(point);
  }

  @Test
  void doesNothingWithoutAHook() {
    FaultPoint.hook(null);

    FaultPoint.STAMP_BEGUN.reached();

    assertThat(FaultPoint.labelled("stamp.ended")).isEmpty();
  }

  /** Chaos plans name points, too; only the places that reach them count. */
  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.toString().contains("chaos"))
          .toList();
    }
  }
}
