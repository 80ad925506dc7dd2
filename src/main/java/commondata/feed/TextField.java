package commondata.feed;

import commondata.job.BoundedMatch;
import java.nio.charset.Charset;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads texts. */
final class TextField extends Field {

  private final @Nullable Pattern pattern;
  private final Set<String> values;

  TextField(Column column, Charset charset) {
    super(column, charset);
    this.pattern = column.pattern() == null ? null : Pattern.compile(column.pattern());
    this.values = Set.copyOf(column.values());
    if (column.minLength() > column.maxLength()) {
      throw new IllegalArgumentException(
          "takes no value: min_length is %d, max_length is %d"
              .formatted(column.minLength(), column.maxLength()));
    }
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    int length = value.codePointCount(0, value.length());
    if (length > column.maxLength() || length < column.minLength()) {
      errors.add(
          column.name(),
          Code.RANGE,
          "expected %d to %d characters, found %d"
              .formatted(column.minLength(), column.maxLength(), length));
    }
    if (!values.isEmpty() && !values.contains(value)) {
      errors.add(
          column.name(),
          Code.RANGE,
          "expected one of %s, found %s"
              .formatted(String.join(", ", column.values()), quoted(value)));
    }
    if (pattern != null && length <= column.maxLength()) {
      match(pattern, value, errors);
    }
  }

  private void match(Pattern wanted, String value, RecordErrors errors) {
    String why = "";
    try {
      if (BoundedMatch.of(wanted, value).matches()) {
        return;
      }
    } catch (BoundedMatch.GivenUpException e) {
      why = ": whether it is " + e.getMessage();
    }
    errors.add(
        column.name(),
        Code.RANGE,
        "expected a text like %s, found %s%s".formatted(column.pattern(), quoted(value), why));
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(value);
  }
}
