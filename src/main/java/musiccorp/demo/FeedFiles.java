package musiccorp.demo;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Writes the texts of files in the layouts that the feeds in {@code batch-jobs/} ask for. */
final class FeedFiles {

  private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;

  private FeedFiles() {}

  /** One return as the bank sees it: its reference need not be an order of ours. */
  record BankReturn(String reference, BigDecimal amount, String reason) {}

  static String catalog(List<Item> items) {
    StringWriter text = new StringWriter();
    CsvWriter csv = csvInto(text);
    csv.writeRecord("sku", "title", "artist", "album", "genre", "unit_price", "initial_stock");
    for (Item i : items) {
      csv.writeRecord(
          i.sku(),
          i.title(),
          i.artist(),
          i.album(),
          i.genre(),
          i.unitPrice().toPlainString(),
          i.initialStock());
    }
    return text.toString();
  }

  static String customers(List<Customer> customers) {
    StringWriter text = new StringWriter();
    CsvWriter csv = csvInto(text);
    csv.writeRecord("customer_id", "name", "email", "street", "city", "postal_code", "country");
    for (Customer c : customers) {
      csv.writeRecord(
          c.customerId(), c.name(), c.email(), c.street(), c.city(), c.postalCode(), c.country());
    }
    return text.toString();
  }

  static String storeOrders(List<PlannedOrder> orders) {
    return storeOrders(orders, 0);
  }

  /** A trailer that lies by so many records, as a torn transfer leaves it. */
  static String storeOrders(List<PlannedOrder> orders, int missingRecords) {
    StringWriter text = new StringWriter();
    CsvWriter csv = csvInto(text);
    csv.writeRecord("order_no", "customer_id", "order_date", "sku", "quantity", "payment_method");
    long records = missingRecords;
    long quantity = 0;
    for (PlannedOrder order : orders) {
      for (PlannedOrder.Line line : order.lines()) {
        csv.writeRecord(
            order.reference(),
            order.customerId(),
            order.date().toString(),
            line.sku(),
            Integer.toString(line.quantity()),
            order.paymentMethod());
        records++;
        quantity += line.quantity();
      }
    }
    return text + "#TRAILER," + records + "," + quantity + "\n";
  }

  static String bankReturns(LocalDate date, int fileNo, List<BankReturn> returns) {
    StringBuilder text = new StringBuilder();
    String day = DAY.format(date);
    text.append("H%s%06d\n".formatted(day, fileNo));
    long sum = 0;
    for (BankReturn r : returns) {
      long cents = r.amount().movePointRight(2).longValueExact();
      sum += cents;
      text.append(
          String.format(
              Locale.ROOT, "D%-36s%s%012d%-20s\n", r.reference(), day, cents, r.reason()));
    }
    return text.append("T%08d%014d\n".formatted(returns.size(), sum)).toString();
  }

  static String carrierTracking(List<String> trackingNos, String status, LocalDate on) {
    StringWriter text = new StringWriter();
    CsvWriter csv = csvInto(text);
    csv.writeRecord("tracking_no", "status", "status_on");
    for (String trackingNo : trackingNos) {
      csv.writeRecord(trackingNo, status, on.toString());
    }
    return text + "#TRAILER," + trackingNos.size() + "\n";
  }

  /** Without a buffer of its own: what was written is in the text at once. */
  private static CsvWriter csvInto(StringWriter text) {
    return CsvWriter.builder().lineDelimiter(LineDelimiter.LF).bufferSize(0).build(text);
  }
}
