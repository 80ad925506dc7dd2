package commondata.feed;

import commondata.job.JobFolder;
import commondata.job.YamlFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** A layout.yaml as it is written; {@link #read} makes a {@link Layout} of it. */
record LayoutYaml(
    String format,
    @Nullable String staging,
    @Nullable String append,
    @Nullable String sortedBy,
    @Nullable String charset,
    @Nullable String compression,
    @Nullable String separator,
    @Nullable String quote,
    @Nullable String mark,
    @Nullable ShapeYaml header,
    List<ColumnYaml> columns,
    @Nullable ShapeYaml trailer) {

  private static final int TEXT_LENGTH = 1_000;
  private static final int SCALE = 2;
  private static final int HASH_DIGITS = 10;

  record ShapeYaml(String mark, List<ColumnYaml> columns, @Nullable List<ControlYaml> control) {}

  record ControlYaml(
      String declared, String computed, @Nullable String of, @Nullable Integer digits) {}

  record ColumnYaml(
      String name,
      String type,
      @Nullable Boolean required,
      @Nullable String min,
      @Nullable String max,
      @Nullable Integer minLength,
      @Nullable Integer maxLength,
      @Nullable String pattern,
      @Nullable List<String> values,
      @Nullable Integer scale,
      @Nullable Boolean impliedPoint,
      @Nullable List<String> nulls,
      @Nullable String sign,
      @Nullable String format,
      @Nullable Integer at,
      @Nullable Integer length) {

    Column column() {
      return new Column(
          name,
          Column.Type.valueOf(type.toUpperCase(Locale.ROOT)),
          Boolean.TRUE.equals(required),
          min,
          max,
          or(minLength, 0),
          or(maxLength, TEXT_LENGTH),
          pattern,
          values == null ? List.of() : values,
          or(scale, SCALE),
          Boolean.TRUE.equals(impliedPoint),
          nulls == null ? List.of() : nulls,
          sign == null ? Column.Sign.MINUS : Column.Sign.valueOf(sign.toUpperCase(Locale.ROOT)),
          format == null ? "yyyy-MM-dd" : format,
          or(at, 0),
          or(length, 0));
    }

    private static int or(@Nullable Integer value, int otherwise) {
      return value == null ? otherwise : value;
    }
  }

  static Layout read(JobFolder folder, String name) {
    YamlFile file = YamlFile.read(folder.locationOf(name), folder.text(name), "layout.schema.json");
    return file.as(LayoutYaml.class).layout(file);
  }

  private Layout layout(YamlFile file) {
    boolean fixed = format.equals("fixed");
    if (!fixed && header != null) {
      throw file.error("/header", "is for fixed width; a CSV file begins with its column names");
    }
    RecordShape detail = new RecordShape(mark, columns("/columns", columns, fixed, file));
    RecordShape first = header == null ? null : shape("/header", header, fixed, file);
    RecordShape last = trailer == null ? null : shape("/trailer", trailer, fixed, file);
    if (fixed && (first != null || last != null) && mark == null) {
      throw file.error("", "lacks the key \"mark\", which tells records from header and trailer");
    }
    if (sortedBy != null && !detail.names().contains(sortedBy)) {
      throw file.error(
          "/sorted_by", "must be a column of the records, but is \"" + sortedBy + "\"");
    }
    List<Control> controls = new ArrayList<>();
    addControls(controls, "/header", header, first, detail, file);
    addControls(controls, "/trailer", trailer, last, detail, file);
    return new Layout(
        fixed ? Layout.Format.FIXED : Layout.Format.CSV,
        staging,
        append,
        sortedBy,
        charset(file),
        compression == null
            ? Compression.NONE
            : Compression.valueOf(compression.toUpperCase(Locale.ROOT)),
        new Dialect(oneByte(separator, ','), oneByte(quote, '"')),
        first,
        detail,
        last,
        controls);
  }

  private static RecordShape shape(String pointer, ShapeYaml shape, boolean fixed, YamlFile file) {
    return new RecordShape(
        shape.mark(), columns(pointer + "/columns", shape.columns(), fixed, file));
  }

  private static List<Column> columns(
      String pointer, List<ColumnYaml> columns, boolean fixed, YamlFile file) {
    List<Column> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i).column();
      String key = pointer + "/" + i;
      if (!names.add(column.name())) {
        throw file.error(key + "/name", "\"" + column.name() + "\" is the name of two columns");
      }
      if (fixed && (column.at() == 0 || column.length() == 0)) {
        throw file.error(key, "lacks \"at\" or \"length\", which fixed width needs");
      }
      checkValues(key, column, file);
      all.add(column);
    }
    return all;
  }

  private static void checkValues(String key, Column column, YamlFile file) {
    try {
      if (column.pattern() != null) {
        Objects.requireNonNull(Pattern.compile(column.pattern()));
      }
      Field.of(column);
    } catch (PatternSyntaxException e) {
      throw file.error(key + "/pattern", "is no regular expression: " + e.getDescription());
    } catch (IllegalArgumentException e) {
      throw file.error(key, String.valueOf(e.getMessage()));
    }
  }

  private static void addControls(
      List<Control> controls,
      String pointer,
      @Nullable ShapeYaml yaml,
      @Nullable RecordShape shape,
      RecordShape detail,
      YamlFile file) {
    if (yaml == null || shape == null || yaml.control() == null) {
      return;
    }
    for (int i = 0; i < yaml.control().size(); i++) {
      ControlYaml control = yaml.control().get(i);
      String key = pointer + "/control/" + i;
      if (!shape.names().contains(control.declared())) {
        throw file.error(key + "/declared", "must be a column of the " + pointer.substring(1));
      }
      boolean counts = control.computed().equals("count");
      if (!counts && !detail.names().contains(String.valueOf(control.of()))) {
        throw file.error(key, "lacks \"of\": the column that is added up");
      }
      boolean hash = control.computed().equals("hash");
      controls.add(
          new Control(
              control.declared(),
              pointer.equals("/header"),
              counts ? null : control.of(),
              hash ? ColumnYaml.or(control.digits(), HASH_DIGITS) : 0));
    }
  }

  private Charset charset(YamlFile file) {
    try {
      return charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset);
    } catch (IllegalArgumentException e) {
      throw file.error("/charset", "is no character set of this Java: \"" + charset + "\"");
    }
  }

  /** The schema lets one ASCII character through. */
  private static byte oneByte(@Nullable String text, char otherwise) {
    return (byte) (text == null ? otherwise : text.charAt(0));
  }
}
