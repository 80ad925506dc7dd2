package commondata.feed;

import java.nio.charset.Charset;
import java.util.List;

/** Reads yes or no: true and false, or the two texts that its column says; of either case. */
final class BooleanField extends Field {

  private static final List<String> USUAL = List.of("true", "false");

  private final String yes;
  private final String no;
  private boolean read;

  BooleanField(Column column, Charset charset) {
    super(column, charset);
    List<String> values = column.values().isEmpty() ? USUAL : column.values();
    this.yes = values.get(0);
    this.no = values.get(values.size() - 1);
    if (values.size() != 2 || yes.equalsIgnoreCase(no)) {
      throw new IllegalArgumentException(
          "values of a boolean are two: what says true, and what says false");
    }
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    read = value.equalsIgnoreCase(yes);
    if (!read && !value.equalsIgnoreCase(no)) {
      errors.add(
          column.name(),
          Code.TYPE,
          "expected \"%s\" or \"%s\", found %s".formatted(yes, no, quoted(value)));
    }
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(read ? "t" : "f");
  }
}
