package musiccorp.demo;

import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Turns a folder with the four files of the Chinook music store into a story: tracks are the
 * catalog, invoices the orders, one store file a business date. Nothing is invented on top of it,
 * so the totals placed must equal the totals of the data.
 */
final class Chinook {

  private static final String ORDER_PREFIX = "INV-";

  private final Path folder;

  private record Invoice(String id, String customerId, LocalDate date, BigDecimal total) {}

  private record InvoiceLine(String invoiceId, String trackId, BigDecimal price, int quantity) {}

  private Chinook(Path folder) {
    this.folder = folder;
  }

  static Story read(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw DemoException.notFound(
          "data folder \"%s\" does not exist; it has to hold tracks.csv, customers.csv, invoices.csv and invoice_lines.csv"
              .formatted(folder),
          null);
    }
    return new Chinook(folder).story();
  }

  private Story story() {
    List<Item> items = items();
    List<Customer> customers = customers();
    List<PlannedOrder> orders = orders(items);
    TreeMap<LocalDate, List<PlannedOrder>> byDate = new TreeMap<>();
    for (PlannedOrder order : orders) {
      byDate.computeIfAbsent(order.date(), date -> new ArrayList<>()).add(order);
    }
    List<FeedFile> files = new ArrayList<>();
    byDate.forEach(
        (date, some) ->
            files.add(
                new FeedFile(
                    "store-orders",
                    "store-orders-chinook-%s.csv".formatted(date),
                    FeedFiles.storeOrders(some))));
    return new Story(
        "the music store in " + folder,
        List.of(
            new FeedFile("catalog", "catalog-chinook.csv", FeedFiles.catalog(items)),
            new FeedFile("customers", "customers-chinook.csv", FeedFiles.customers(customers))),
        files,
        List.of(),
        List.of(),
        List.of(),
        List.copyOf(byDate.keySet()),
        ORDER_PREFIX,
        "no-key-of-chinook",
        Totals.of(orders, prices(items)));
  }

  private List<Item> items() {
    return read(
        "tracks.csv",
        List.of("track_id", "name", "album", "artist", "genre", "unit_price"),
        r ->
            new Item(
                sku(r.getField("track_id")),
                r.getField("name"),
                r.getField("artist"),
                r.getField("album"),
                r.getField("genre"),
                new BigDecimal(r.getField("unit_price")),
                ""));
  }

  private List<Customer> customers() {
    return read(
        "customers.csv",
        List.of(
            "customer_id",
            "first_name",
            "last_name",
            "email",
            "address",
            "city",
            "state",
            "postal_code",
            "country"),
        r ->
            new Customer(
                customerId(r.getField("customer_id")),
                r.getField("first_name") + " " + r.getField("last_name"),
                r.getField("email"),
                r.getField("address"),
                cityWithState(r.getField("city"), r.getField("state")),
                r.getField("postal_code"),
                r.getField("country")));
  }

  private List<PlannedOrder> orders(List<Item> items) {
    Map<String, BigDecimal> prices = prices(items);
    Map<String, List<PlannedOrder.Line>> lines = new HashMap<>();
    for (InvoiceLine line : invoiceLines()) {
      String sku = sku(line.trackId());
      BigDecimal price = prices.get(sku);
      if (price == null || price.compareTo(line.price()) != 0) {
        throw DemoException.usage(
            "invoice_lines.csv: invoice %s bought track %s for %s, but in tracks.csv its price is %s"
                .formatted(line.invoiceId(), line.trackId(), line.price(), price));
      }
      lines
          .computeIfAbsent(line.invoiceId(), id -> new ArrayList<>())
          .add(new PlannedOrder.Line(sku, line.quantity()));
    }
    List<PlannedOrder> orders = new ArrayList<>();
    for (Invoice invoice : invoices()) {
      orders.add(order(invoice, lines.getOrDefault(invoice.id(), List.of()), prices));
    }
    return orders;
  }

  private static PlannedOrder order(
      Invoice invoice, List<PlannedOrder.Line> lines, Map<String, BigDecimal> prices) {
    PlannedOrder order =
        new PlannedOrder(
            ORDER_PREFIX + invoice.id(),
            customerId(invoice.customerId()),
            invoice.date(),
            "card-ok",
            lines,
            false);
    if (order.total(prices).compareTo(invoice.total()) != 0) {
      throw DemoException.usage(
          "invoices.csv: invoice %s has total %s, but its lines add up to %s"
              .formatted(invoice.id(), invoice.total(), order.total(prices)));
    }
    return order;
  }

  private List<Invoice> invoices() {
    return read(
        "invoices.csv",
        List.of("invoice_id", "customer_id", "invoice_date", "total"),
        r ->
            new Invoice(
                r.getField("invoice_id"),
                r.getField("customer_id"),
                LocalDate.parse(r.getField("invoice_date")),
                new BigDecimal(r.getField("total"))));
  }

  private List<InvoiceLine> invoiceLines() {
    return read(
        "invoice_lines.csv",
        List.of("invoice_id", "track_id", "unit_price", "quantity"),
        r ->
            new InvoiceLine(
                r.getField("invoice_id"),
                r.getField("track_id"),
                new BigDecimal(r.getField("unit_price")),
                Integer.parseInt(r.getField("quantity"))));
  }

  private <T> List<T> read(String name, List<String> columns, Function<NamedCsvRecord, T> row) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw DemoException.notFound(
          "data folder \"%s\" has no file \"%s\"".formatted(folder, name), null);
    }
    return CsvFile.read(file.toString(), () -> open(file), columns, r -> typed(name, r, row));
  }

  private static <T> T typed(String name, NamedCsvRecord record, Function<NamedCsvRecord, T> row) {
    try {
      return row.apply(record);
    } catch (NumberFormatException | DateTimeException e) {
      throw DemoException.usage(
          "file \"%s\", line %d: a number or a date is expected, found %s"
              .formatted(name, record.getStartingLineNumber(), record.getFields()),
          e);
    }
  }

  private static Reader open(Path file) throws java.io.IOException {
    return new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder());
  }

  private static Map<String, BigDecimal> prices(List<Item> items) {
    Map<String, BigDecimal> prices = new HashMap<>();
    items.forEach(item -> prices.put(item.sku(), item.unitPrice()));
    return prices;
  }

  private static String sku(String trackId) {
    return "T-" + trackId;
  }

  private static String customerId(String id) {
    return "C-" + id;
  }

  private static String cityWithState(String city, String state) {
    return state.isEmpty() ? city : city + ", " + state;
  }
}
