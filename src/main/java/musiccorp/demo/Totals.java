package musiccorp.demo;

import commondata.job.Plural;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;

/** Control totals of orders: what was meant to be placed, or what was found placed. */
record Totals(int orders, int lines, BigDecimal total) {

  static final Totals NONE = new Totals(0, 0, BigDecimal.ZERO);

  Totals {
    total = total.setScale(2, RoundingMode.UNNECESSARY);
  }

  static Totals of(Collection<PlannedOrder> orders, Map<String, BigDecimal> prices) {
    int lines = 0;
    BigDecimal total = BigDecimal.ZERO;
    for (PlannedOrder order : orders) {
      lines += order.lines().size();
      total = total.add(order.total(prices));
    }
    return new Totals(orders.size(), lines, total);
  }

  Totals plus(Totals other) {
    return new Totals(orders + other.orders, lines + other.lines, total.add(other.total));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%,d %s, %,d %s, %,.2f",
        orders,
        Plural.of(orders, "order"),
        lines,
        Plural.of(lines, "line"),
        total);
  }
}
