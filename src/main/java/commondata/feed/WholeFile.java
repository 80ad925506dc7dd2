package commondata.feed;

import commondata.job.Plural;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What all slices of a file come to: one trailer, at its end, that declares what the records give.
 *
 * @param records records of the file, header and trailer not counted
 * @param rows rows that went into the tables
 * @param endLine line behind the last record
 * @param slices the slices they lie in, in order
 * @param errors why the file as a whole is refused; empty: it is not
 * @param control control totals as JSON: declared and computed
 */
record WholeFile(
    long records,
    long rows,
    long endLine,
    List<SliceResult> slices,
    List<FileError> errors,
    String control) {

  private static final JsonMapper MAPPER = new JsonMapper();

  WholeFile {
    slices = List.copyOf(slices);
    errors = List.copyOf(errors);
  }

  /** A file of which nothing is known but why it is refused. */
  static WholeFile refused(FileError why) {
    return new WholeFile(0, 0, 0, List.of(), List.of(why), "{}");
  }

  /**
   * Puts slices together.
   *
   * @param header numbers that the header declares
   * @param broken why the file could not be read to its end; null if it was
   */
  static WholeFile of(
      Layout layout,
      List<SliceResult> slices,
      Map<String, BigDecimal> header,
      @Nullable FileError broken) {
    List<SliceResult> inOrder = new ArrayList<>(slices);
    inOrder.sort(Comparator.comparingLong(SliceResult::offset));
    long records = inOrder.stream().mapToLong(SliceResult::records).sum();
    long rows = inOrder.stream().mapToLong(SliceResult::rows).sum();
    long endLine = inOrder.stream().mapToLong(SliceResult::nextLine).max().orElse(1);
    if (broken != null) {
      return new WholeFile(records, rows, endLine, inOrder, List.of(broken), "{}");
    }
    Trailer trailer = new Trailer(layout, header);
    List<FileError> errors = trailer.check(inOrder, records);
    return new WholeFile(records, rows, endLine, inOrder, errors, trailer.json());
  }

  /** The last record and what it declares. */
  private static final class Trailer {

    private final Layout layout;
    private final List<Field> fields;
    private final Map<String, BigDecimal> header;
    private final Map<String, BigDecimal> declared = new LinkedHashMap<>();
    private final Map<String, BigDecimal> computed = new LinkedHashMap<>();

    Trailer(Layout layout, Map<String, BigDecimal> header) {
      this.layout = layout;
      this.header = header;
      this.fields = Field.all(layout, layout.trailer());
    }

    List<FileError> check(List<SliceResult> slices, long records) {
      RecordShape shape = layout.trailer();
      if (shape == null) {
        return compare(1, slices);
      }
      Block trailer = null;
      for (SliceResult slice : slices) {
        if (trailer != null && (slice.records() > 0 || slice.trailer() != null)) {
          boolean again = slice.records() == 0;
          return List.of(
              SliceReading.afterTrailer(
                      slice.line(), again ? RawRecord.Kind.TRAILER : RawRecord.Kind.DETAIL)
                  .error());
        }
        trailer = slice.trailer() == null ? trailer : slice.trailer();
      }
      if (trailer == null) {
        return List.of(
            new FileError(
                0,
                Code.TRAILER,
                "the trailer \"%s\" is missing after %d %s; the file may be cut off"
                    .formatted(shape.mark(), records, Plural.of(records, "record"))));
      }
      return read(trailer, slices);
    }

    private List<FileError> read(Block trailer, List<SliceResult> slices) {
      RecordReader reader = layout.reader();
      reader.open(trailer);
      RawRecord record = reader.next();
      if (record == null) {
        throw new IllegalStateException("the trailer of line " + trailer.line() + " is no record");
      }
      CopyRow scratch = new CopyRow(1_000);
      for (int i = 0; i < fields.size(); i++) {
        fields.get(i).read(record.value(i), record.suspicious, scratch, record.errors);
      }
      return record.errors.isEmpty()
          ? compare(trailer.line(), slices)
          : unusable(trailer.line(), "is unusable: " + record.errors.first());
    }

    private static List<FileError> unusable(long line, String what) {
      return List.of(new FileError(line, Code.TRAILER, "the trailer " + what));
    }

    private List<FileError> compare(long line, List<SliceResult> slices) {
      List<FileError> errors = new ArrayList<>();
      int controls = layout.control().size();
      for (int i = 0; i < controls; i++) {
        Control control = layout.control().get(i);
        BigDecimal sum =
            new BigDecimal(
                ControlTotals.ofAll(control, totals(slices, i)), layout.scaleOf(control));
        long unread = totals(slices, controls + i).stream().mapToLong(Long::longValue).sum();
        BigDecimal said = control.inHeader() ? header.get(control.declared()) : said(control);
        // Shown with as many decimals as each other, so that they can be compared by eye.
        int scale = Math.max(sum.scale(), said == null ? 0 : said.scale());
        BigDecimal is = sum.setScale(scale, RoundingMode.UNNECESSARY);
        BigDecimal says = said == null ? null : said.setScale(scale, RoundingMode.UNNECESSARY);
        declared.put(control.declared(), says == null ? BigDecimal.ZERO : says);
        computed.put(control.declared(), is);
        if (says == null || says.compareTo(is) != 0) {
          errors.add(differs(line, control, says, is, unread));
        }
      }
      return errors;
    }

    private static List<Long> totals(List<SliceResult> slices, int index) {
      return slices.stream().map(slice -> slice.totals().get(index)).toList();
    }

    private @Nullable BigDecimal said(Control control) {
      return fields.stream()
          .filter(f -> f.column.name().equals(control.declared()) && f.hasNumber())
          .findFirst()
          .map(f -> BigDecimal.valueOf(f.number(), f.scale()))
          .orElse(null);
    }

    private static FileError differs(
        long line, Control control, @Nullable BigDecimal says, BigDecimal is, long unread) {
      String where = control.inHeader() ? "header" : "trailer";
      String declared = says == null ? "nothing" : says.toPlainString();
      if (control.isCount()) {
        return new FileError(
            line,
            Code.CONTROL_COUNT,
            "the %s declares %s%s, the file has %s"
                .formatted(
                    where,
                    says == null
                        ? "no number of records"
                        : declared + " " + Plural.of(says.longValue(), "record"),
                    control.mark() == null ? "" : " " + control.mark(),
                    is.toPlainString()));
      }
      return new FileError(
          line,
          control.digits() > 0 ? Code.CONTROL_HASH : Code.CONTROL_SUM,
          "the %s declares %s as the sum of %s, the records give %s%s"
              .formatted(
                  where,
                  declared,
                  (control.mark() == null ? "" : control.mark() + ".") + control.sumOf(),
                  is.toPlainString(),
                  unread == 0
                      ? ""
                      : ", %d %s can't be read".formatted(unread, Plural.of(unread, "value"))));
    }

    /** What was declared and what was computed, for the ledger. */
    String json() {
      return declared.isEmpty()
          ? "{}"
          : MAPPER.writeValueAsString(Map.of("declared", declared, "computed", computed));
    }
  }
}
