package commondata.feed;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Adds up, over the records of a slice, what the file declares. Every record counts, refused ones
 * too, and every number that could be read: the sender counted them before anybody refused them.
 */
final class ControlTotals {

  /** Whether each total is about records of each type; the last place: of no known type. */
  private final boolean[][] covers;

  /** What is added up for each total in records of each type; null: records are counted. */
  private final @Nullable Field[][] summands;

  /** A hash total is kept to its last digits; 0: all count. */
  private final long[] moduli;

  private final long[] sums;

  /** Of how many records the value that a total adds up could not be read. */
  private final long[] unread;

  /**
   * Totals of a layout.
   *
   * @param fields fields of each of its types
   */
  ControlTotals(Layout layout, List<Field[]> fields) {
    int controls = layout.control().size();
    int types = fields.size();
    this.covers = new boolean[controls][types + 1];
    this.summands = new @Nullable Field[controls][types + 1];
    this.moduli = new long[controls];
    this.sums = new long[controls];
    this.unread = new long[controls];
    for (int i = 0; i < controls; i++) {
      Control control = layout.control().get(i);
      for (int type = 0; type < types; type++) {
        covers[i][type] = control.covers(layout.types().get(type).shape());
        summands[i][type] = named(fields.get(type), control.sumOf());
      }
      covers[i][types] = control.isCount() && control.mark() == null;
      moduli[i] = modulus(control);
    }
  }

  /** 0: all digits count. */
  private static long modulus(Control control) {
    return control.digits() == 0 ? 0 : BigInteger.TEN.pow(control.digits()).longValue();
  }

  /** A total of the whole file, from those of its slices; without their point, as they are. */
  static BigInteger ofAll(Control control, List<Long> ofSlices) {
    BigInteger all =
        ofSlices.stream().map(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
    long modulus = modulus(control);
    return modulus == 0 ? all : all.mod(BigInteger.valueOf(modulus));
  }

  private static @Nullable Field named(Field[] fields, @Nullable String name) {
    return Arrays.stream(fields)
        .filter(field -> field.column.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  void begin() {
    Arrays.fill(sums, 0);
    Arrays.fill(unread, 0);
  }

  /**
   * Adds a record of a type, whose fields were read last.
   *
   * @param errors what is wrong with it
   * @throws BrokenFileException if there is no number for a sum
   */
  void add(int type, long line, RecordErrors errors) {
    for (int i = 0; i < sums.length; i++) {
      if (!covers[i][type]) {
        continue;
      }
      Field summand = summands[i][type];
      if (summand == null) {
        sums[i]++;
      } else if (summand.hasNumber()) {
        long modulus = moduli[i];
        sums[i] =
            modulus == 0
                ? sum(sums[i], summand, line)
                : Math.floorMod(sums[i] + Math.floorMod(summand.number(), modulus), modulus);
      } else if (errors.areOf(summand.column.name())) {
        unread[i]++;
      }
    }
  }

  private static long sum(long sum, Field summand, long line) {
    try {
      return Math.addExact(sum, summand.number());
    } catch (ArithmeticException e) {
      throw new BrokenFileException(
          line,
          Code.CONTROL_SUM,
          "the sum of %s has more than 18 digits".formatted(summand.column.name()));
    }
  }

  /**
   * The totals, in the layout's order, as numbers without their point; behind them, in the same
   * order, how many values could not be read.
   */
  List<Long> values() {
    return LongStream.concat(Arrays.stream(sums), Arrays.stream(unread)).boxed().toList();
  }
}
