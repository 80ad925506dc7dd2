package commondata.feed;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Adds up what a trailer declares. Every record counts, refused ones too, and every number that
 * could be read: the sender counted them before anybody refused them.
 */
final class ControlTotals {

  private static final JsonMapper MAPPER = new JsonMapper();

  private record Total(Control control, @Nullable Field summand, Field declaration) {}

  private final List<Total> totals = new ArrayList<>();
  private final long[] sums;
  private final Map<String, BigDecimal> declared = new LinkedHashMap<>();
  private final Map<String, BigDecimal> computed = new LinkedHashMap<>();

  ControlTotals(Layout layout, List<Field> detail, List<Field> trailer) {
    for (Control control : layout.control()) {
      totals.add(new Total(control, named(detail, control.sumOf()), required(trailer, control)));
    }
    this.sums = new long[totals.size()];
  }

  private static @Nullable Field named(List<Field> fields, @Nullable String name) {
    return fields.stream().filter(f -> f.column.name().equals(name)).findFirst().orElse(null);
  }

  private static Field required(List<Field> trailer, Control control) {
    return trailer.stream()
        .filter(f -> f.column.name().equals(control.declared()))
        .findFirst()
        .orElseThrow();
  }

  /** Adds the record whose fields were read last. */
  void add() {
    for (int i = 0; i < sums.length; i++) {
      Field summand = totals.get(i).summand();
      if (summand == null) {
        sums[i]++;
      } else if (summand.hasNumber()) {
        sums[i] = Math.addExact(sums[i], summand.number());
      }
    }
  }

  /** Compares with the trailer whose fields were read last. */
  List<FileError> compare(long line) {
    List<FileError> errors = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      Total total = totals.get(i);
      String name = total.control().declared();
      Field declaration = total.declaration();
      BigDecimal says = BigDecimal.valueOf(declaration.number(), declaration.scale());
      int scale = total.summand() == null ? 0 : total.summand().scale();
      BigDecimal is = BigDecimal.valueOf(sums[i], scale);
      declared.put(name, says);
      computed.put(name, is);
      if (!declaration.hasNumber() || says.compareTo(is) != 0) {
        errors.add(differs(line, total, says, is));
      }
    }
    return errors;
  }

  private static FileError differs(long line, Total total, BigDecimal says, BigDecimal is) {
    String sumOf = total.control().sumOf();
    return sumOf == null
        ? new FileError(
            line,
            Code.CONTROL_COUNT,
            "the trailer declares %s records, the file has %s"
                .formatted(says.toPlainString(), is.toPlainString()))
        : new FileError(
            line,
            Code.CONTROL_SUM,
            "the trailer declares %s as the sum of %s, the records give %s"
                .formatted(says.toPlainString(), sumOf, is.toPlainString()));
  }

  /** What was declared and what was computed, for the ledger. */
  String json() {
    return declared.isEmpty()
        ? "{}"
        : MAPPER.writeValueAsString(Map.of("declared", declared, "computed", computed));
  }
}
