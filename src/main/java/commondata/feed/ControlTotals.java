package commondata.feed;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds up, over the records of a slice, what the file declares. Every record counts, refused ones
 * too, and every number that could be read: the sender counted them before anybody refused them.
 */
final class ControlTotals {

  /** What is added up for each total; null: records are counted. */
  private final List<@Nullable Field> summands = new ArrayList<>();

  /** A hash total is kept to its last digits; 0: all count. */
  private final List<Long> moduli = new ArrayList<>();

  private final long[] sums;

  ControlTotals(Layout layout, List<Field> detail) {
    for (Control control : layout.control()) {
      summands.add(named(detail, control.sumOf()));
      moduli.add(control.digits() == 0 ? 0 : BigInteger.TEN.pow(control.digits()).longValue());
    }
    this.sums = new long[summands.size()];
  }

  private static @Nullable Field named(List<Field> fields, @Nullable String name) {
    return fields.stream().filter(f -> f.column.name().equals(name)).findFirst().orElse(null);
  }

  void begin() {
    java.util.Arrays.fill(sums, 0);
  }

  /** Adds the record whose fields were read last. */
  void add() {
    for (int i = 0; i < sums.length; i++) {
      Field summand = summands.get(i);
      if (summand == null) {
        sums[i]++;
      } else if (summand.hasNumber()) {
        long modulus = moduli.get(i);
        sums[i] =
            modulus == 0
                ? Math.addExact(sums[i], summand.number())
                : (sums[i] + summand.number() % modulus) % modulus;
      }
    }
  }

  /** The totals, in the layout's order, as numbers without their point. */
  List<Long> values() {
    return java.util.Arrays.stream(sums).boxed().toList();
  }
}
