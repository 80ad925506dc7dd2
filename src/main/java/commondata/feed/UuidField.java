package commondata.feed;

import java.nio.charset.Charset;

/** Reads UUIDs as RFC 9562 writes them: 32 hexadecimal digits in five groups, of either case. */
final class UuidField extends Field {

  private static final int LENGTH = 36;
  private static final String HYPHENS = "........-....-....-....-............";

  UuidField(Column column, Charset charset) {
    super(column, charset);
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    if (!isUuid(value)) {
      errors.add(
          column.name(),
          Code.TYPE,
          "expected a UUID as 8c1d3f2e-0b7a-4c59-9e21-5d0f6a7b8c9d, found " + quoted(value));
    }
  }

  private static boolean isUuid(String value) {
    if (value.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = value.charAt(i);
      boolean fits =
          HYPHENS.charAt(i) == '-'
              ? c == '-'
              : Places.isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(value);
  }
}
