package commondata.feed;

import commondata.job.YamlFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes the records of a layout.yaml, and refuses what no schema can: file, line, key, reason. */
final class ShapeCheck {

  private static final int HASH_DIGITS = 10;

  /** Columns of every table that say where a row came from. */
  private static final Set<String> LINEAGE = Set.of("file", "line");

  private final YamlFile file;
  private final Format format;
  private final boolean named;
  private final Numerals numerals;
  private @Nullable Boolean appends;

  /**
   * @param named whether the first line of the file names the columns
   * @param numerals how it writes numbers
   */
  ShapeCheck(YamlFile file, Format format, boolean named, Numerals numerals) {
    this.file = file;
    this.format = format;
    this.named = named;
    this.numerals = numerals;
  }

  /** Whether records stay in the tables they are copied into. */
  boolean appends() {
    return Boolean.TRUE.equals(appends);
  }

  /**
   * The types of records.
   *
   * @param pointer where they stand; empty: the file is about one type
   */
  List<RecordType> types(List<LayoutYaml.TypeYaml> types, String pointer) {
    List<RecordType> all = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      all.add(type(pointer.isEmpty() ? "" : pointer + "/" + i, types.get(i)));
    }
    return all;
  }

  private RecordType type(String key, LayoutYaml.TypeYaml yaml) {
    boolean stays = yaml.append() != null;
    if (stays && yaml.staging() != null) {
      throw file.error(key + "/append", "stands beside \"staging\": a record goes into one table");
    }
    String table = stays ? yaml.append() : yaml.staging();
    if (table != null && appends != null && appends != stays) {
      throw file.error(
          key + (stays ? "/append" : "/staging"),
          "differs from the records before: all are staged, or all are appended");
    }
    appends = table == null ? appends : Boolean.valueOf(stays);
    RecordShape shape =
        new RecordShape(yaml.mark(), columns(key + "/columns", yaml.columns(), named));
    for (int i = 0; table != null && i < shape.columns().size(); i++) {
      String name = shape.columns().get(i).name();
      if (LINEAGE.contains(name)) {
        throw file.error(
            key + "/columns/" + i + "/name",
            "\"%s\" is a column of the table already: it says where a row came from"
                .formatted(name));
      }
    }
    if (yaml.sortedBy() != null && !shape.names().contains(yaml.sortedBy())) {
      throw file.error(
          key + "/sorted_by",
          "must be a column of the records, but is \"" + yaml.sortedBy() + "\"");
    }
    return new RecordType(shape, table, yaml.sortedBy());
  }

  /** Header or trailer; null if there is none. */
  @Nullable RecordShape shape(String pointer, LayoutYaml.@Nullable ShapeYaml shape) {
    return shape == null
        ? null
        : new RecordShape(shape.mark(), columns(pointer + "/columns", shape.columns(), false));
  }

  private List<Column> columns(
      String pointer, List<LayoutYaml.ColumnYaml> columns, boolean areNamed) {
    List<Column> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<String> titles = new HashSet<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i).column(numerals);
      String key = pointer + "/" + i;
      if (!names.add(column.name())) {
        throw file.error(key + "/name", "\"" + column.name() + "\" is the name of two columns");
      }
      if (!areNamed && columns.get(i).title() != null) {
        throw file.error(
            key + "/title",
            "is for columns that the first line of a CSV file names, and no others");
      }
      if (!titles.add(column.title())) {
        throw file.error(
            key, "is called \"" + column.title() + "\" in the file, and so is a column before it");
      }
      if (format.isPlaced() && (column.at() == 0 || column.length() == 0)) {
        throw file.error(key, "lacks \"at\" or \"length\", which the format needs");
      }
      if (!format.isPlaced() && (column.at() != 0 || column.length() != 0)) {
        throw file.error(key, "has \"at\" or \"length\", but no place in a record of this format");
      }
      checkValues(key, columns.get(i), column);
      all.add(column);
    }
    return all;
  }

  private void checkValues(String key, LayoutYaml.ColumnYaml yaml, Column column) {
    Map.Entry<String, String> misplaced = ColumnKeys.misplaced(yaml, column.type());
    if (misplaced != null) {
      throw file.error(key + "/" + misplaced.getKey(), misplaced.getValue());
    }
    String wrong = column.format() == null ? null : FormatCheck.wrong(column.format());
    if (wrong != null) {
      throw file.error(key + "/format", "\"%s\" %s".formatted(column.format(), wrong));
    }
    try {
      if (column.pattern() != null) {
        Objects.requireNonNull(Pattern.compile(column.pattern()));
      }
      Field.of(column, StandardCharsets.UTF_8);
    } catch (PatternSyntaxException e) {
      throw file.error(key + "/pattern", "is no regular expression: " + e.getDescription());
    } catch (IllegalArgumentException e) {
      throw file.error(key, String.valueOf(e.getMessage()));
    }
  }

  /** Every record must be one thing, and no other. */
  void requireMarks(
      @Nullable RecordShape header, List<RecordType> types, @Nullable RecordShape trailer) {
    List<String> marks = new ArrayList<>();
    if (header != null) {
      marks.add(String.valueOf(header.mark()));
    }
    if (trailer != null) {
      marks.add(String.valueOf(trailer.mark()));
    }
    for (RecordType type : types) {
      String mark = type.shape().mark();
      if (mark != null) {
        marks.add(mark);
      } else if (format.isPlaced() && !marks.isEmpty()) {
        throw file.error("", "lacks the key \"mark\", which tells records from header and trailer");
      }
    }
    for (int i = 0; i < marks.size(); i++) {
      for (int k = 0; k < marks.size(); k++) {
        if (i != k && isTakenFor(marks.get(i), marks.get(k))) {
          throw file.error(
              "",
              "has the marks \"%s\" and \"%s\", which can't be told from each other"
                  .formatted(marks.get(i), marks.get(k)));
        }
      }
    }
  }

  /** Columns behind the end of a record would have no value in any. */
  void requireRoom(
      @Nullable RecordShape header,
      List<RecordType> types,
      @Nullable RecordShape trailer,
      @Nullable Integer recordLength) {
    int needed =
        Stream.concat(Stream.of(header, trailer), types.stream().map(RecordType::shape))
            .filter(Objects::nonNull)
            .mapToInt(RecordShape::length)
            .max()
            .orElse(0);
    if (recordLength != null && needed > recordLength) {
      throw file.error(
          "/record_length",
          "is %d, but a column ends at character %d".formatted(recordLength, needed));
    }
  }

  private boolean isTakenFor(String mark, String other) {
    return format.isPlaced() ? other.startsWith(mark) : other.equals(mark);
  }

  /** Totals that header or trailer declares. */
  List<Control> controls(
      String pointer,
      LayoutYaml.@Nullable ShapeYaml yaml,
      @Nullable RecordShape shape,
      List<RecordType> types) {
    List<Control> controls = new ArrayList<>();
    if (yaml == null || shape == null || yaml.control() == null) {
      return controls;
    }
    for (int i = 0; i < yaml.control().size(); i++) {
      LayoutYaml.ControlYaml control = yaml.control().get(i);
      String key = pointer + "/control/" + i;
      if (!shape.names().contains(control.declared())) {
        throw file.error(key + "/declared", "must be a column of the " + pointer.substring(1));
      }
      requireNumber(key + "/declared", shape, control.declared());
      controls.add(control(key, pointer.equals("/header"), control, types));
    }
    return controls;
  }

  private Control control(
      String key, boolean inHeader, LayoutYaml.ControlYaml yaml, List<RecordType> types) {
    boolean counts = yaml.computed().equals("count");
    boolean hash = yaml.computed().equals("hash");
    refuseUnused(key, yaml, counts, hash);
    Control control =
        new Control(
            yaml.declared(),
            inHeader,
            counts ? null : String.valueOf(yaml.of()),
            yaml.mark(),
            hash ? LayoutYaml.or(yaml.digits(), HASH_DIGITS) : 0);
    List<RecordShape> shapes =
        types.stream().map(RecordType::shape).filter(control::covers).toList();
    if (yaml.mark() != null
        && types.stream().noneMatch(t -> yaml.mark().equals(t.shape().mark()))) {
      throw file.error(key + "/mark", "\"" + yaml.mark() + "\" is the mark of no records");
    }
    if (!counts && yaml.of() == null) {
      throw file.error(key, "lacks \"of\": the column that is added up");
    }
    if (shapes.isEmpty()) {
      throw file.error(
          key + "/of", "must be a column of the records, but is \"" + yaml.of() + "\"");
    }
    if (yaml.of() != null) {
      shapes.forEach(shape -> requireNumber(key + "/of", shape, yaml.of()));
    }
    if (shapes.stream().mapToInt(s -> s.scaleOf(control.sumOf())).distinct().count() > 1) {
      throw file.error(
          key + "/of", "\"" + yaml.of() + "\" has not the same decimals in all records");
    }
    return control;
  }

  private void refuseUnused(String key, LayoutYaml.ControlYaml yaml, boolean counts, boolean hash) {
    if (counts && yaml.of() != null) {
      throw file.error(key + "/of", "is the column that is added up, but records are counted");
    }
    if (!hash && yaml.digits() != null) {
      throw file.error(
          key + "/digits", "is for computed: hash, but computed is " + yaml.computed());
    }
  }

  private void requireNumber(String key, RecordShape shape, String name) {
    for (Column column : shape.columns()) {
      if (column.name().equals(name) && !column.type().isNumber()) {
        throw file.error(
            key,
            "must be an integer or a decimal, but column \"%s\" is a %s"
                .formatted(name, column.type().label()));
      }
    }
  }
}
