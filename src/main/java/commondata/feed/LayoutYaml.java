package commondata.feed;

import commondata.job.JobFolder;
import commondata.job.YamlFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    @Nullable String escape,
    @Nullable String decimal,
    @Nullable String group,
    @Nullable String columnsBy,
    @Nullable String prefix,
    @Nullable Integer recordLength,
    @Nullable String mark,
    @Nullable ShapeYaml header,
    @Nullable List<ColumnYaml> columns,
    @Nullable List<TypeYaml> records,
    @Nullable ShapeYaml trailer) {

  private static final int TEXT_LENGTH = 1_000;
  private static final int SCALE = 2;
  private static final String NO_QUOTE = "none";

  record ShapeYaml(String mark, List<ColumnYaml> columns, @Nullable List<ControlYaml> control) {}

  record TypeYaml(
      @Nullable String mark,
      @Nullable String staging,
      @Nullable String append,
      @Nullable String sortedBy,
      List<ColumnYaml> columns) {}

  record ControlYaml(
      String declared,
      String computed,
      @Nullable String of,
      @Nullable String mark,
      @Nullable Integer digits) {}

  record ColumnYaml(
      String name,
      @Nullable String title,
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
      @Nullable String zone,
      @Nullable Integer at,
      @Nullable Integer length) {

    Column column(Numerals numerals) {
      return new Column(
          name,
          title == null ? name : title,
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
          numerals,
          format,
          zone,
          or(at, 0),
          or(length, 0));
    }
  }

  static int or(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }

  static Layout read(JobFolder folder, String name) {
    YamlFile file = YamlFile.read(folder.locationOf(name), folder.text(name), "layout.schema.json");
    return file.as(LayoutYaml.class).layout(file);
  }

  private Layout layout(YamlFile file) {
    Format itsFormat = Format.valueOf(format.toUpperCase(Locale.ROOT));
    refuseKeysOfOtherFormats(itsFormat, file);
    boolean named = isNamed(itsFormat, file);
    Dialect dialect = dialect(file);
    DialectCheck written = new DialectCheck(file, itsFormat, dialect);
    ShapeCheck check = new ShapeCheck(file, itsFormat, named, written.numerals(decimal, group));
    List<RecordType> types = check.types(types(file), records == null ? "" : "/records");
    RecordShape first = check.shape("/header", header);
    RecordShape last = check.shape("/trailer", trailer);
    written.requireNumbers(decimal, group, first, types, last);
    check.requireMarks(first, types, last);
    check.requireRoom(first, types, last, recordLength);
    List<Control> controls = new ArrayList<>(check.controls("/header", header, first, types));
    controls.addAll(check.controls("/trailer", trailer, last, types));
    return new Layout(
        itsFormat,
        check.appends(),
        charset(file),
        compression == null
            ? Compression.NONE
            : Compression.valueOf(compression.toUpperCase(Locale.ROOT)),
        dialect,
        prefix == null ? Prefix.RDW : Prefix.valueOf(prefix.toUpperCase(Locale.ROOT)),
        or(recordLength, 0),
        named,
        first,
        types,
        last,
        controls);
  }

  private void refuseKeysOfOtherFormats(Format itsFormat, YamlFile file) {
    refuseUnless(itsFormat == Format.CSV, "separator", separator, file);
    refuseUnless(itsFormat == Format.CSV, "quote", quote, file);
    refuseUnless(itsFormat == Format.CSV, "escape", escape, file);
    refuseUnless(itsFormat == Format.CSV, "columns_by", columnsBy, file);
    refuseUnless(itsFormat == Format.PREFIXED, "prefix", prefix, file);
    refuseUnless(itsFormat == Format.BLOCKED, "record_length", recordLength, file);
    if (itsFormat == Format.BLOCKED && recordLength == null) {
      throw file.error("", "lacks the key \"record_length\", which format blocked needs");
    }
  }

  private void refuseUnless(boolean fits, String key, @Nullable Object value, YamlFile file) {
    if (!fits && value != null) {
      throw file.error("/" + key, "is not for format " + format);
    }
  }

  /** Whether the first line names the columns; then there is nothing else to tell records by. */
  private boolean isNamed(Format itsFormat, YamlFile file) {
    boolean named = itsFormat == Format.CSV && records == null && !"position".equals(columnsBy);
    if (itsFormat == Format.CSV && records != null && "name".equals(columnsBy)) {
      throw file.error(
          "/columns_by", "must be position: no line can name columns of several types");
    }
    if (named && (header != null || mark != null)) {
      throw file.error(
          header == null ? "/mark" : "/header",
          "is for files whose first line is no line of names: those with columns_by: position");
    }
    return named;
  }

  private List<TypeYaml> types(YamlFile file) {
    if (columns != null && records == null) {
      return List.of(new TypeYaml(mark, staging, append, sortedBy, columns));
    }
    if (records == null || columns != null) {
      throw file.error(
          "",
          "needs one of the keys \"columns\", of records of one type, and \"records\", of several");
    }
    for (String key : List.of("mark", "staging", "append", "sorted_by")) {
      if (ofOneType().get(key) != null) {
        throw file.error("/" + key, "must stand in each of \"records\"");
      }
    }
    return records;
  }

  private Map<String, String> ofOneType() {
    Map<String, String> given = new java.util.HashMap<>();
    given.put("mark", mark);
    given.put("staging", staging);
    given.put("append", append);
    given.put("sorted_by", sortedBy);
    return given;
  }

  private Charset charset(YamlFile file) {
    if (charset == null) {
      return StandardCharsets.UTF_8;
    }
    try {
      Charset its = Charset.forName(charset);
      if (recordLength != null && its.newEncoder().maxBytesPerChar() > 1) {
        throw file.error(
            "/charset",
            "must have one byte a character: record_length counts bytes, and places are counted in"
                + " characters");
      }
      return its;
    } catch (UnsupportedOperationException e) {
      throw file.error("/charset", "can't be written by this Java: \"" + charset + "\"");
    } catch (IllegalArgumentException e) {
      throw file.error("/charset", "is no character set of this Java: \"" + charset + "\"");
    }
  }

  private Dialect dialect(YamlFile file) {
    byte between = oneByte(separator, ',');
    int around = NO_QUOTE.equals(quote) ? Dialect.NONE : oneByte(quote, '"');
    if (around == between) {
      throw file.error("/quote", "must not be the separator, but is \"" + (char) around + "\"");
    }
    int before = escape == null ? Dialect.NONE : oneByte(escape, '"');
    if (escape != null && (before == between || before == around)) {
      throw file.error(
          "/escape",
          "must not be the %s, but is \"%s\""
              .formatted(
                  before == between ? "separator" : "quote: leave it out if quotes are doubled",
                  escape));
    }
    return new Dialect(between, around, before);
  }

  /** The schema lets one ASCII character through. */
  private static byte oneByte(@Nullable String text, char otherwise) {
    return (byte) (text == null ? otherwise : text.charAt(0));
  }
}
