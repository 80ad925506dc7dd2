package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.DefinitionException;
import commondata.job.JobFolder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a layout says wrongly is refused with file, line and key. */
final class LayoutYamlTest {

  private static final String CSV =
      """
      format: csv
      staging: staging.t
      columns:
        - {name: a, type: text}
      trailer:
        mark: T
        columns: [{name: n, type: integer}]
        control:
          - {declared: n, computed: count}
      """;

  private static final String FIXED =
      """
      format: fixed
      records:
        - mark: O
          staging: staging.o
          columns:
            - {name: a, type: text, at: 2, length: 3}
            - {name: n, type: decimal, at: 5, length: 4}
        - mark: L
          staging: staging.l
          columns:
            - {name: n, type: decimal, at: 5, length: 4}
      trailer:
        mark: T
        columns: [{name: total, type: decimal, at: 2, length: 3}]
        control:
          - {declared: total, computed: sum, of: n, mark: L}
      """;

  private static void assertRefused(String layout, String from, String to, String message) {
    assertThat(layout).contains(from);
    String wrong = layout.replace(from, to);
    assertThatThrownBy(() -> Layout.read(new JobFolder("j", "j", name -> wrong), "layout.yaml"))
        .isInstanceOf(DefinitionException.class)
        .hasMessage("j/layout.yaml, " + message);
  }

  @Test
  void takesOnlyTrueAndFalseForAnAnswer() {
    for (String word : new String[] {"yes", "on", "True", "no"}) {
      assertRefused(
          CSV,
          "type: text}",
          "type: text, required: " + word + "}",
          "line 4: key \"required\" (entry 1 of \"columns\") must be boolean, but is \"%s\""
              .formatted(word));
    }
    Layout layout =
        Layout.read(
            new JobFolder(
                "j", "j", name -> CSV.replace("text}", "text, required: true, values: [yes, no]}")),
            "layout.yaml");
    Column column = layout.onlyShape().columns().get(0);
    assertThat(column.required()).isTrue();
    assertThat(column.values()).containsExactly("yes", "no");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | lacks the year (yyyy or yy)",
        "yyyyMM | lacks the day (dd)",
        "yyyyMMdd HH | lacks the minute (mm)",
        "yyyyMMdd mm | lacks the hour (HH)",
        "yyyyMMdd HHmmSSS | lacks the second (ss)",
        "d.M.yyyy | has the month as M, but it is written MM",
        "yyy-MM-dd | has the year as yyy, but it is written yyyy or yy",
        "yyyy-MM-dd HH:MM | has the month (MM) twice",
        "yyyy.dd.MM | has another order than year, month, day, or month or day first and the year"
            + " last, and then the time",
        "yyyy_MM_dd | has something else between its parts than a date may have (one of - . / and"
            + " a blank, or nothing), or a time (before it - or T or a blank, in it : or ., before"
            + " the fraction . or a comma, or nothing)",
        "YYYY-MM-dd | has the letter \"Y\", which stands for nothing; known are yyyy or yy (year),"
            + " MM (month), dd (day), HH (hour), mm (minute), ss (second), one to nine S"
            + " (fraction)"
      })
  void saysWhatIsWrongWithAFormat(String format, String wrong) {
    for (String type : List.of("date", "timestamp")) {
      assertRefused(
          CSV,
          "type: text}",
          "type: " + type + ",\n     format: '" + format + "'}",
          "line 5: key \"format\" (entry 1 of \"columns\") \"" + format + "\" " + wrong);
    }
  }

  @Test
  void refusesAnAliasWithinWhatItNames() {
    assertRefused(
        CSV,
        "  - {name: a, type: text}",
        "  - {name: a, type: text, values: &x [*x]}",
        "line 4: an alias (*name) must not stand within what it names");
  }

  @Test
  void refusesWhatTheSchemaDoesNotKnow() {
    assertRefused(
        CSV,
        "format: csv",
        "format: cvs",
        "line 1: key \"format\" must be one of csv, fixed, prefixed, blocked, but is \"cvs\"");
    assertRefused(
        FIXED,
        "- mark: L\n    staging:",
        "- mark: L\n    stagin:",
        "line 9: key \"stagin\" (entry 2 of \"records\") is not known; did you mean \"staging\"?");
  }

  @Test
  void refusesKeysOfOtherFormats() {
    assertRefused(
        CSV, "staging: staging.t", "prefix: rdw", "line 2: key \"prefix\" is not for format csv");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: fixed\nquote: '!'",
        "line 2: key \"quote\" is not for format fixed");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: fixed\nrecord_length: 80",
        "line 2: key \"record_length\" is not for format fixed");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: blocked",
        "line 1: lacks the key \"record_length\", which format blocked needs");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: blocked\nrecord_length: 7",
        "line 2: key \"record_length\" is 7, but a column ends at character 8");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: blocked\nrecord_length: 80\ncharset: UTF-16BE",
        "line 3: key \"charset\" must have one byte a character: record_length counts bytes, and"
            + " places are counted in characters");
    assertRefused(
        CSV,
        "type: text",
        "type: text, at: 1",
        "line 4: entry 1 of \"columns\" has \"at\" or \"length\", but no place in a record of this"
            + " format");
    assertRefused(
        FIXED,
        "at: 2, length: 3}\n      - {name: n",
        "at: 2}\n      - {name: n",
        "line 6: entry 1 of \"columns\" of entry 1 of \"records\" lacks \"at\" or \"length\", which the format needs");
  }

  @Test
  void refusesTitlesThatNameNoColumnOrTwo() {
    assertRefused(
        CSV,
        "name: a, type: text}",
        "name: a, type: text, title: Order No}\n  - {name: b, type: text, title: Order No}",
        "line 5: entry 2 of \"columns\" is called \"Order No\" in the file, and so is a column before it");
    assertRefused(
        CSV,
        "name: a, type: text}",
        "name: a, type: text, title: b}\n  - {name: b, type: text}",
        "line 5: entry 2 of \"columns\" is called \"b\" in the file, and so is a column before it");
    String why = "is for columns that the first line of a CSV file names, and no others";
    assertRefused(
        FIXED,
        "name: a, type: text",
        "name: a, title: A, type: text",
        "line 6: key \"title\" (entry 1 of \"columns\" of entry 1 of \"records\") " + why);
    assertRefused(
        CSV,
        "name: n, type",
        "name: n, title: N, type",
        "line 7: key \"title\" (entry 1 of \"trailer.columns\") " + why);
    assertRefused(
        CSV.replace("format: csv", "format: csv\ncolumns_by: position"),
        "name: a, type",
        "name: a, title: A, type",
        "line 5: key \"title\" (entry 1 of \"columns\") " + why);
  }

  @Test
  void refusesColumnsOfTheTableThatAreItsOwn() {
    assertRefused(
        CSV,
        "name: a",
        "name: line",
        "line 4: key \"name\" (entry 1 of \"columns\") \"line\" is a column of the table already: it says where a row"
            + " came from");
    assertRefused(
        CSV,
        "staging: staging.t",
        "sorted_by: b",
        "line 2: key \"sorted_by\" must be a column of the records, but is \"b\"");
  }

  @Test
  void refusesRecordsThatCantBeTold() {
    assertRefused(
        CSV,
        "staging: staging.t",
        "mark: D",
        "line 2: key \"mark\" is for files whose first line is no line of names: those with"
            + " columns_by: position");
    assertRefused(
        FIXED,
        "mark: T",
        "mark: OT",
        "line 1: has the marks \"O\" and \"OT\", which can't be told from each other");
    assertRefused(
        FIXED,
        "mark: L\n",
        "mark: O\n",
        "line 1: has the marks \"O\" and \"O\", which can't be told from each other");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: csv\ncolumns_by: name",
        "line 2: key \"columns_by\" must be position: no line can name columns of several types");
  }

  @Test
  void refusesTablesThatDoNotFitTogether() {
    assertRefused(
        FIXED,
        "staging: staging.l",
        "append: shop.l",
        "line 9: key \"append\" (entry 2 of \"records\") differs from the records before: all are staged, or all"
            + " are appended");
    assertRefused(
        FIXED,
        "staging: staging.l",
        "staging: staging.l\n    append: shop.l",
        "line 10: key \"append\" (entry 2 of \"records\") stands beside \"staging\": a record goes into one table");
    assertRefused(
        FIXED,
        "format: fixed",
        "format: fixed\nstaging: staging.t",
        "line 2: key \"staging\" must stand in each of \"records\"");
    assertRefused(
        CSV,
        "columns:\n  - {name: a, type: text}\n",
        "",
        "line 1: needs one of the keys \"columns\", of records of one type, and \"records\", of"
            + " several");
  }

  @Test
  void refusesTotalsThatAreNoNumbers() {
    assertRefused(
        CSV,
        "name: n, type: integer",
        "name: n, type: text",
        "line 9: key \"declared\" (entry 1 of \"trailer.control\") must be an integer or a decimal, but column"
            + " \"n\" is a text");
    assertRefused(
        CSV,
        "computed: count",
        "computed: sum, of: a",
        "line 9: key \"of\" (entry 1 of \"trailer.control\") must be an integer or a decimal, but column \"a\" is"
            + " a text");
    assertRefused(
        CSV.replace("name: a, type: text", "name: a, type: date"),
        "computed: count",
        "computed: hash, of: a",
        "line 9: key \"of\" (entry 1 of \"trailer.control\") must be an integer or a decimal, but column \"a\" is"
            + " a date");
    assertRefused(
        FIXED.replaceFirst("name: n, type: decimal", "name: n, type: text"),
        ", mark: L}",
        "}",
        "line 16: key \"of\" (entry 1 of \"trailer.control\") must be an integer or a decimal, but column \"n\" is"
            + " a text");
  }

  @Test
  void refusesKeysOfATotalThatDoNothing() {
    assertRefused(
        CSV,
        "computed: count",
        "computed: count, of: a",
        "line 9: key \"of\" (entry 1 of \"trailer.control\") is the column that is added up, but records are"
            + " counted");
    for (String computed : List.of("count", "sum")) {
      assertRefused(
          CSV,
          "computed: count",
          "computed: " + computed + ",\n       digits: 4",
          "line 10: key \"digits\" (entry 1 of \"trailer.control\") is for computed: hash, but computed is "
              + computed);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "integer, min: 5, max: 4 | min is 5, max is 4",
        "integer, min: 3000000000 | min is 3000000000, max is 2147483647",
        "decimal, min: 1.5, max: 1.25 | min is 1.50, max is 1.25",
        "date, min: 2026-11-21, max: 2026-11-20 | min is 2026-11-21, max is 2026-11-20",
        "text, min_length: 5, max_length: 4 | min_length is 5, max_length is 4",
        "text, min_length: 1001 | min_length is 1001, max_length is 1000"
      })
  void refusesColumnsThatTakeNoValue(String column, String limits) {
    assertRefused(
        CSV,
        "type: text}",
        "type: " + column + "}",
        "line 4: entry 1 of \"columns\" takes no value: " + limits);
  }

  @Test
  void refusesAQuoteThatSeparates() {
    assertRefused(
        CSV,
        "staging: staging.t",
        "staging: staging.t\nseparator: \"'\"\nquote: \"'\"",
        "line 4: key \"quote\" must not be the separator, but is \"'\"");
    assertRefused(
        CSV,
        "staging: staging.t",
        "quote: ','",
        "line 2: key \"quote\" must not be the separator, but is \",\"");
  }

  @Test
  void refusesTotalsOfNothing() {
    assertRefused(
        CSV,
        "declared: n",
        "declared: a",
        "line 9: key \"declared\" (entry 1 of \"trailer.control\") must be a column of the trailer");
    assertRefused(
        CSV,
        "computed: count",
        "computed: sum",
        "line 9: entry 1 of \"trailer.control\" lacks \"of\": the column that is added up");
    assertRefused(
        FIXED,
        "mark: L}",
        "mark: X}",
        "line 16: key \"mark\" (entry 1 of \"trailer.control\") \"X\" is the mark of no records");
    assertRefused(
        FIXED,
        "of: n, mark: L",
        "of: a, mark: L",
        "line 16: key \"of\" (entry 1 of \"trailer.control\") must be a column of the records, but is \"a\"");
    assertRefused(
        FIXED.replace("length: 4}\n  - mark", "length: 4, scale: 3}\n  - mark"),
        ", mark: L}",
        "}",
        "line 16: key \"of\" (entry 1 of \"trailer.control\") \"n\" has not the same decimals in all records");
  }
}
