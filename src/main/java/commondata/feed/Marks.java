package commondata.feed;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells by its mark which of the layout's records one is. */
final class Marks {

  private static final int SHOWN_MAX = 10;

  private final @Nullable RecordShape header;
  private final @Nullable RecordShape trailer;
  private final RecordShape[] types;

  Marks(Layout layout) {
    this.header = layout.header();
    this.trailer = layout.trailer();
    this.types = layout.types().stream().map(RecordType::shape).toArray(RecordShape[]::new);
  }

  /**
   * Notes in a record what it is, or that no mark fits.
   *
   * @param begin the record's text, or the field that is its mark
   * @param whole whether a mark must be all of it
   * @return the record's shape; null if no mark fits
   */
  @Nullable RecordShape tell(RawRecord record, String begin, boolean whole) {
    if (fits(header, begin, whole)) {
      record.kind = RawRecord.Kind.HEADER;
      return header;
    }
    if (fits(trailer, begin, whole)) {
      record.kind = RawRecord.Kind.TRAILER;
      return trailer;
    }
    for (int type = 0; type < types.length; type++) {
      RecordShape shape = types[type];
      if (shape.mark() == null || fits(shape, begin, whole)) {
        record.kind = RawRecord.Kind.DETAIL;
        record.type = type;
        return shape;
      }
    }
    record.errors.add("", Code.MARK, unknown(begin));
    return null;
  }

  private static boolean fits(@Nullable RecordShape shape, String begin, boolean whole) {
    if (shape == null || shape.mark() == null) {
      return false;
    }
    return whole ? begin.equals(shape.mark()) : begin.startsWith(shape.mark());
  }

  private String unknown(String begin) {
    List<String> known = new ArrayList<>();
    if (header != null) {
      known.add(String.valueOf(header.mark()));
    }
    for (RecordShape shape : types) {
      known.add(String.valueOf(shape.mark()));
    }
    if (trailer != null) {
      known.add(String.valueOf(trailer.mark()));
    }
    String found = StrictText.beginOf(begin, SHOWN_MAX);
    return "expected a record that begins with %s, found %s"
        .formatted(String.join(" or ", known), Field.quoted(found));
  }
}
