package peers;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.springframework.batch.infrastructure.item.file.LineMapper;
import org.springframework.batch.infrastructure.item.file.transform.AbstractLineTokenizer;
import org.springframework.batch.infrastructure.item.file.transform.DelimitedLineTokenizer;
import org.springframework.batch.infrastructure.item.file.transform.FieldSet;
import org.springframework.batch.infrastructure.item.file.transform.FixedLengthTokenizer;
import org.springframework.batch.infrastructure.item.file.transform.Range;

/**
 * A line of the order file, typed.
 *
 * @param line number in the file, from 1
 */
record OrderLine(
    int line,
    UUID orderId,
    String customerId,
    LocalDate orderDate,
    String sku,
    int quantity,
    BigDecimal unitPrice,
    String note) {

  private static final String[] COLUMNS = {
    "order_id", "customer_id", "order_date", "sku", "quantity", "unit_price", "note"
  };

  /** A line that can be read and not be used. */
  static final class BadLineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BadLineException(String message) {
      super(message);
    }
  }

  /** Splits and types a line as Spring Batch does. */
  static LineMapper<OrderLine> mapper(boolean fixedWidth) {
    AbstractLineTokenizer tokenizer = fixedWidth ? fixed() : new DelimitedLineTokenizer();
    tokenizer.setNames(COLUMNS);
    return (text, number) -> of(tokenizer.tokenize(text), number);
  }

  private static FixedLengthTokenizer fixed() {
    FixedLengthTokenizer tokenizer = new FixedLengthTokenizer();
    tokenizer.setColumns(
        new Range(1, 36),
        new Range(37, 44),
        new Range(45, 54),
        new Range(55, 64),
        new Range(65, 67),
        new Range(68, 73),
        new Range(74, 113));
    return tokenizer;
  }

  private static OrderLine of(FieldSet fields, int number) {
    return new OrderLine(
        number,
        UUID.fromString(text(fields, 0)),
        text(fields, 1),
        LocalDate.parse(text(fields, 2)),
        text(fields, 3),
        fields.readInt(4),
        new BigDecimal(text(fields, 5)),
        text(fields, 6));
  }

  private static String text(FieldSet fields, int column) {
    return Objects.requireNonNull(fields.readString(column), COLUMNS[column]);
  }

  /**
   * This line if it may be loaded.
   *
   * @throws BadLineException if not
   */
  OrderLine checked(Set<String> items) {
    if (quantity < 1) {
      throw new BadLineException("quantity " + quantity + " is not above 0");
    }
    if (!items.contains(sku)) {
      throw new BadLineException("sku \"" + sku + "\" is not in the catalog");
    }
    return this;
  }

  static void fill(OrderLine order, PreparedStatement insert) throws SQLException {
    insert.setObject(1, order.orderId);
    insert.setString(2, order.customerId);
    insert.setObject(3, order.orderDate);
    insert.setString(4, order.sku);
    insert.setInt(5, order.quantity);
    insert.setBigDecimal(6, order.unitPrice);
    insert.setString(7, order.note);
  }
}
