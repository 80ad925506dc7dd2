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
        "c",
        "c",
        type,
        true,
        min,
        max,
        0,
        5,
        null,
        List.of(),
        2,
        implied,
        nulls,
        sign,
        Numerals.USUAL,
        format,
        null,
        0,
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
    "٣, E-TYPE", "9999999999999999999, E-RANGE", "99999999999999999999x, E-TYPE", "'', E-NULL"
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
    "99999999999999999999, E-RANGE",
    "99999999999999999, E-RANGE",
    "99999999999999999999.999, E-TYPE",
    "99999999999999999999., E-TYPE"
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
        "yyyyMMddHHmm",
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

  private static Column column(Column.Type type, String keys) {
    String layout =
        "format: csv\nstaging: staging.t\ncolumns: [{name: c, type: %s%s}]\n"
            .formatted(type.name().toLowerCase(Locale.ROOT), keys);
    return Layout.read(new JobFolder("j", "j", name -> layout), "layout.yaml")
        .onlyShape()
        .columns()
        .get(0);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-30T23:59:59Z, 2026-11-30T23:59:59Z",
    "2026-11-30t23:59:59z, 2026-11-30T23:59:59Z",
    "2026-11-30 23:59:59.123456789+05:30, 2026-11-30T23:59:59.123456789+05:30",
    "2026-11-30 23:59-08, 2026-11-30T23:59-08:00",
    "2024-02-29T00:00+0100, 2024-02-29T00:00+01:00",
    "2026-02-29T00:00Z, E-DATE",
    "2026-11-30T24:00Z, E-DATE",
    "2026-11-30T23:59:60Z, E-DATE",
    "2026-11-30T23:59Z , 2026-11-30T23:59Z",
    "2026-11-30, E-DATE",
    "2026-11-30T23:59:59, E-DATE",
    "2026-11-30T23:59:59+25, E-DATE",
    "2026-11-30T23:59:59+15:59, 2026-11-30T23:59:59+15:59",
    "2026-11-30T23:59:59-15:59, 2026-11-30T23:59:59-15:59",
    "2026-11-30T23:59:59+16:00, E-DATE",
    "2026-11-30T23:59:59-1600, E-DATE",
    "2026-11-30T23:59:59+18, E-DATE",
    "2026-11-30T23:59:59., E-DATE",
    "0000-11-30T23:59:59Z, E-DATE",
    "now, E-DATE",
    "infinity, E-DATE",
    "٢٠٢٦-11-30T23:59Z, E-DATE"
  })
  void readsMomentsThatHaveAnOffset(String value, String expected) {
    assertThat(read(column(Column.Type.TIMESTAMP, ""), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "Europe/Zurich, 2026-11-30T12:00, 2026-11-30T12:00+01:00",
    "Europe/Zurich, 2026-11-30T12:00Z, 2026-11-30T12:00Z",
    "UTC+17:00, 2026-11-30T12:00, E-DATE",
    "Europe/Zurich, 2026-10-25T02:30, 2026-10-25T02:30+02:00",
    "Europe/Zurich, 2026-03-29T02:30, E-DATE",
    "UTC, 2026-11-30T12:00, 2026-11-30T12:00Z",
    "none, 2026-11-30T12:00, 2026-11-30T12:00",
    "none, 2026-11-30T12:00Z, E-DATE"
  })
  void readsTimesInTheirZone(String zone, String value, String expected) {
    assertThat(read(column(Column.Type.TIMESTAMP, ", zone: " + zone), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "yyyyMMddHHmmss, 20261130235959, 2026-11-30T23:59:59",
    "yyyyMMddHHmmss, 2026113023595, E-DATE",
    "yyyyMMddHHmmss, 20261130236059, E-DATE",
    "yyyyMMddHHmmssSSS, 20261130235959007, 2026-11-30T23:59:59.007",
    "dd.MM.yyyy HH:mm, 30.11.2026 23:59, 2026-11-30T23:59",
    "dd.MM.yyyy HH:mm, 30.11.2026T23:59, E-DATE",
    "yyyy-MM-ddTHH.mm.ss, 2026-11-30T23.59.00, 2026-11-30T23:59",
    "'MM/dd/yy-HH:mm:ss,SSSSSS', '11/30/26-23:59:59,000001', 2026-11-30T23:59:59.000001"
  })
  void readsTimesByThePlaceOfTheirDigits(String format, String value, String expected) {
    String keys = ", zone: none, format: '" + format + "'";
    assertThat(read(column(Column.Type.TIMESTAMP, keys), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "timestamp, 'format: yyyyMMddHHmm', has no offset",
    "timestamp, 'format: yyyyMMdd, zone: UTC', has no time",
    "timestamp, 'format: yyyy-MM-dd, zone: UTC', has no time",
    "timestamp, 'zone: Europe/Zuerich', is none that Java knows",
    "timestamp, 'min: 2026-01-01', is for type integer or decimal or date",
    "date, 'format: yyyyMMddHHmm', which is for type timestamp",
    "date, 'zone: UTC', is for type timestamp",
    "boolean, 'values: [Y]', are two",
    "boolean, 'values: [y, Y]', are two",
    "boolean, 'pattern: x', is for type text",
    "uuid, 'max_length: 36', is for type text",
    "integer, 'scale: 2', is for type decimal",
    "integer, 'values: [\"1\"]', is for type text or boolean",
    "text, 'sign: leading', is for type integer or decimal",
    "text, 'min: 1', is for type integer or decimal or date"
  })
  void refusesWhatATypeCantBe(String type, String keys, String message) {
    Column.Type wanted = Column.Type.valueOf(type.toUpperCase(Locale.ROOT));
    assertThatThrownBy(() -> column(wanted, ", " + keys))
        .isInstanceOf(DefinitionException.class)
        .hasMessageStartingWith("j/layout.yaml, line 3: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "'', true, t",
    "'', FALSE, f",
    "'', 1, E-TYPE",
    "'', yes, E-TYPE",
    "', values: [J, N]', j, t",
    "', values: [J, N]', N, f",
    "', values: [J, N]', true, E-TYPE"
  })
  void readsYesAndNo(String keys, String value, String expected) {
    assertThat(read(column(Column.Type.BOOLEAN, keys), value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"8c1d3f2e-0b7a-4c59-9e21-5d0f6a7b8c9d", "8C1D3F2E-0B7A-4C59-9E21-5D0F6A7B8C9D"})
  void readsUuids(String value) {
    assertThat(read(column(Column.Type.UUID, ""), value)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8c1d3f2e0b7a4c599e215d0f6a7b8c9d",
        "{8c1d3f2e-0b7a-4c59-9e21-5d0f6a7b8c9d}",
        "8c1d3f2e-0b7a-4c59-9e21-5d0f6a7b8c9g",
        "8c1d3f2e-0b7a-4c59-9e21_5d0f6a7b8c9d",
        "8c1d3f2e-0b7a-4c59-9e21-5d0f6a7b8c9"
      })
  void refusesWhatIsNoUuid(String value) {
    assertThat(read(column(Column.Type.UUID, ""), value)).isEqualTo(Code.TYPE);
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

  /** Whoever has decoded it saw nothing wrong with it. */
  @ParameterizedTest
  @ValueSource(strings = {"a\uD83D", "\uDE00a"})
  void refusesHalfACharacterInAText(String value) {
    CopyRow row = new CopyRow(100);
    RecordErrors errors = new RecordErrors();
    Field.of(column(Column.Type.TEXT, null, null, false, ""), StandardCharsets.UTF_8)
        .read(value, false, row, errors);

    assertThat(new String(row.bytes(), 0, row.size(), StandardCharsets.UTF_8)).isEqualTo("\\N");
    assertThat(errors.entries())
        .containsExactly(
            new RecordErrors.Entry(
                "c", Code.CHARSET, "expected UTF-8, found bytes that are no character of it"));
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> read(column(Column.Type.DECIMAL, "x", null, false, ""), ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> read(column(Column.Type.DATE, "x", null, false, "yyyyMMdd"), ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
