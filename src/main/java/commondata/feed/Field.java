package commondata.feed;

import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one column: checks a text and writes it, in the server's spelling, to a COPY
 * row. Not thread-safe: it remembers the last value for control totals.
 */
abstract class Field {

  private static final int SHOWN_MAX = 60;

  final Column column;
  private final Charset charset;

  Field(Column column, Charset charset) {
    this.column = column;
    this.charset = charset;
  }

  /**
   * @param charset that the file should be in
   */
  static Field of(Column column, Charset charset) {
    return switch (column.type()) {
      case TEXT -> new TextField(column, charset);
      case INTEGER, DECIMAL -> new NumberField(column, charset);
      case DATE -> new DateField(column, charset);
      case TIMESTAMP -> new TimestampField(column, charset);
      case BOOLEAN -> new BooleanField(column, charset);
      case UUID -> new UuidField(column, charset);
    };
  }

  /** The fields of a record of this shape, in order; none without a shape. */
  static List<Field> all(Layout layout, @Nullable RecordShape shape) {
    return shape == null
        ? List.of()
        : shape.columns().stream().map(column -> of(column, layout.charset())).toList();
  }

  /**
   * Reads one value; what can't be used becomes an error and a null.
   *
   * @param raw as it stands in the record; null if the record ends before it
   */
  final void read(@Nullable String raw, boolean suspicious, CopyRow out, RecordErrors errors) {
    forget();
    String value = raw == null ? "" : trimmed(raw);
    if (value.isEmpty() || column.nulls().contains(value)) {
      if (column.required() && raw != null) {
        errors.add(column.name(), Code.NULL, "expected a value, found none");
      }
      out.nothing();
      return;
    }
    if (suspicious && noteUnreadable(value, errors)) {
      out.nothing();
      return;
    }
    int before = errors.entries().size();
    readValue(value, errors);
    if (errors.entries().size() > before) {
      out.nothing();
    } else if (!write(value, out)) {
      noteUnreadable(value, errors);
    }
  }

  /** A fixed-width value is filled up with blanks; in CSV blanks are part of it. */
  private String trimmed(String raw) {
    if (column.length() == 0) {
      return raw;
    }
    return column.type() == Column.Type.TEXT ? raw.stripTrailing() : raw.strip();
  }

  private boolean noteUnreadable(String value, RecordErrors errors) {
    int bad = StrictText.indexOfMalformed(value);
    if (bad >= 0) {
      errors.add(
          column.name(),
          Code.CHARSET,
          "expected %s, found %s".formatted(charset.name(), StrictText.malformed(value, bad)));
    }
    boolean nul = value.indexOf('\0') >= 0;
    if (nul) {
      errors.add(column.name(), Code.NUL, "found a NUL character, which text can't hold");
    }
    return bad >= 0 || nul;
  }

  /** Checks a value that is there. */
  abstract void readValue(String value, RecordErrors errors);

  /** Writes the value that was read without error; false if no row can hold it. */
  abstract boolean write(String value, CopyRow out);

  /** The last value as a number times 10^scale; only if {@link #hasNumber}. */
  long number() {
    return 0;
  }

  boolean hasNumber() {
    return false;
  }

  int scale() {
    return 0;
  }

  void forget() {}

  static String quoted(String value) {
    String begin = StrictText.beginOf(value, SHOWN_MAX);
    String shown = begin.length() < value.length() ? begin + "..." : value;
    return "\"" + StrictText.visible(shown) + "\"";
  }
}
