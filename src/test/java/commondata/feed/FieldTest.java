package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.DefinitionException;
import commondata.job.JobFolder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FieldTest {

  private static Column column(
      Column.Type type,
      @Nullable String min,
      @Nullable String max,
      boolean implied,
      String format) {
    return column(type, min, max, implied, format, Column.Sign.MINUS);
  }

  private static Column column(
      Column.Type type,
      @Nullable String min,
      @Nullable String max,
      boolean implied,
      String format,
      Column.Sign sign) {
    List<String> nulls = List.of("NULL");
    return new Column(
        "c", "c", type, true, min, max, 0, 5, null, List.of(), 2, implied, nulls, sign, format, 0,
        0);
  }

  private static String read(Column column, @Nullable String value) {
    CopyRow row = new CopyRow(100);
    RecordErrors errors = new RecordErrors();
    Field.of(column, StandardCharsets.UTF_8).read(value, true, row, errors);
    String written = new String(row.bytes(), 0, row.size(), StandardCharsets.UTF_8);
    return errors.isEmpty() ? written : errors.entries().get(0).code();
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7", "-7, -7", "007, 007", "2147483647, 2147483647", "2147483648, E-RANGE",
    "1e4, E-TYPE", "+1, E-TYPE", "1.0, E-TYPE", "' 1', E-TYPE", "-, E-TYPE",
    "٣, E-TYPE", "9999999999999999999, E-TYPE", "'', E-NULL"
  })
  void readsIntegers(String value, String expected) {
    assertThat(read(column(Column.Type.INTEGER, null, null, false, ""), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.5, 1.5",
    "-0.99, -0.99",
    "1.999, E-TYPE",
    ".5, E-TYPE",
    "1., E-TYPE",
    "1.2.3, E-TYPE",
    "100.01, E-RANGE",
    "100.00, 100.00",
    "1e400, E-TYPE",
    "99999999999999999999, E-TYPE"
  })
  void readsDecimals(String value, String expected) {
    assertThat(read(column(Column.Type.DECIMAL, null, "100", false, ""), value))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"000000000199, 1.99", "1, 0.01", "1.99, E-TYPE", "-150, -1.50"})
  void setsTheImpliedPoint(String value, String expected) {
    assertThat(read(column(Column.Type.DECIMAL, null, null, true, ""), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "yyyy-MM-dd, 2026-11-21, 2026-11-21", "yyyyMMdd, 20261121, 2026-11-21",
    "dd.MM.yyyy, 21.11.2026, 2026-11-21", "yyyy-MM-dd, 2026-02-30, E-DATE",
    "yyyy-MM-dd, 2024-02-29, 2024-02-29", "yyyy-MM-dd, 0000-01-01, E-DATE",
    "yyyy-MM-dd, 2026-1-1, E-DATE", "yyyy-MM-dd, 2026/11/21, E-DATE",
    "yyyy-MM-dd, 1999-12-31, E-RANGE"
  })
  void readsDates(String format, String value, String expected) {
    assertThat(read(column(Column.Type.DATE, "2000-01-01", null, false, format), value))
        .isEqualTo(expected);
  }

  /** Whatever the schema lets through is read, and what only looks like it is not. */
  @Test
  void readsDatesInEveryOrder() {
    LocalDate date = LocalDate.of(2026, 11, 9);
    for (String order : List.of("y M d", "d M y", "M d y")) {
      for (String separator : List.of("", "-", ".", "/", " ")) {
        for (String year : List.of("yyyy", "yy")) {
          String format =
              order
                  .replace(" ", separator)
                  .replace("y", year)
                  .replace("M", "MM")
                  .replace("d", "dd");
          String written = date.format(DateTimeFormatter.ofPattern(format, Locale.ROOT));
          Column column = column(Column.Type.DATE, null, null, false, format);

          assertThat(layoutTakes(format)).as(format).isTrue();
          assertThat(read(column, written)).as(format).isEqualTo("2026-11-09");
          assertThat(read(column, written + "0")).as(format).isEqualTo(Code.DATE);
          assertThat(read(column, written.replace('1', 'x'))).as(format).isEqualTo(Code.DATE);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yyyy",
        "yyyyMM",
        "yyyydMd",
        "MMyyyydd",
        "yyy-MM-dd",
        "yyyyMMddHH",
        "d.M.yyyy"
      })
  void refusesAFormatThatIsNoDate(String format) {
    assertThat(layoutTakes(format)).isFalse();
  }

  private static boolean layoutTakes(String format) {
    String layout =
        "format: csv\nstaging: staging.t\ncolumns: [{name: d, type: date, format: '%s'}]\n"
            .formatted(format);
    try {
      return Layout.read(new JobFolder("j", "j", name -> layout), "layout.yaml").isForFeed();
    } catch (DefinitionException e) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({"260101, 2026", "000101, 2000", "680101, 2068", "690101, 1969", "991231, 1999"})
  void knowsTheCenturyOfTwoDigits(String value, String year) {
    assertThat(read(column(Column.Type.DATE, null, null, false, "yyMMdd"), value)).startsWith(year);
  }

  @ParameterizedTest
  @CsvSource({
    "LEADING, +12, 0.12",
    "LEADING, -12, -0.12",
    "LEADING, 12, 0.12",
    "LEADING, --1, E-TYPE",
    "LEADING, +, E-TYPE",
    "LEADING, 12-, E-TYPE",
    "TRAILING, 12-, -0.12",
    "TRAILING, 12+, 0.12",
    "TRAILING, 12, 0.12",
    "TRAILING, -12, E-TYPE",
    "TRAILING, -, E-TYPE",
    "OVERPUNCH, 12A, 1.21",
    "OVERPUNCH, 12{, 1.20",
    "OVERPUNCH, 12J, -1.21",
    "OVERPUNCH, 12}, -1.20",
    "OVERPUNCH, 120, 1.20",
    "OVERPUNCH, 12Z, E-TYPE",
    "OVERPUNCH, -12A, E-TYPE",
    "MINUS, +12, E-TYPE"
  })
  void readsSignsWhereverTheyStand(Column.Sign sign, String value, String expected) {
    assertThat(read(column(Column.Type.DECIMAL, null, null, true, "", sign), value))
        .isEqualTo(expected);
  }

  @Test
  void takesSomeTextsForNoValue() {
    assertThat(read(column(Column.Type.INTEGER, null, null, false, ""), "NULL"))
        .isEqualTo(Code.NULL);
    assertThat(read(column(Column.Type.INTEGER, null, null, false, ""), "null"))
        .isEqualTo(Code.TYPE);
  }

  @Test
  void readsTexts() {
    Column text = column(Column.Type.TEXT, null, null, false, "");

    assertThat(read(text, "a\tb\\")).isEqualTo("a\\tb\\\\");
    assertThat(read(text, "abcdef")).isEqualTo(Code.RANGE);
    assertThat(read(text, "a\0")).isEqualTo(Code.NUL);
    assertThat(read(text, "a\uDCE9")).isEqualTo(Code.CHARSET);
    assertThat(read(text, "a😀")).isEqualTo("a😀");
    assertThat(read(text, null)).isEqualTo("\\N");
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> read(column(Column.Type.DECIMAL, "x", null, false, ""), ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> read(column(Column.Type.DATE, "x", null, false, "yyyyMMdd"), ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
