package musiccorp.demo;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The project's own small sample data, from {@code samples/} in the jar. */
final class Samples {

  /** There are few of it, so that some orders can't be served. */
  static final String SCARCE = "MC-040";

  /** Three of it cost more than the rule AMOUNT lets pass. */
  static final String EXPENSIVE = "MC-039";

  private Samples() {}

  static List<Item> items() {
    return CsvFile.read(
        "samples/catalog.csv",
        () -> open("catalog.csv"),
        List.of("sku", "title", "artist", "album", "genre", "unit_price", "initial_stock"),
        r ->
            new Item(
                r.getField("sku"),
                r.getField("title"),
                r.getField("artist"),
                r.getField("album"),
                r.getField("genre"),
                new BigDecimal(r.getField("unit_price")),
                r.getField("initial_stock")));
  }

  /** The sample's customers, and after them as many made from them as are asked for. */
  static List<Customer> customers(int count) {
    List<Customer> sample = sampleCustomers();
    List<Customer> all = new ArrayList<>(sample);
    for (int n = all.size(); n < count; n++) {
      Customer like = sample.get(n % sample.size());
      String id = "CU-%04d".formatted(n + 1);
      all.add(
          new Customer(
              id,
              like.name() + " " + roman(n / sample.size() + 1),
              id.toLowerCase(java.util.Locale.ROOT) + "@example.org",
              like.street(),
              like.city(),
              like.postalCode(),
              like.country()));
    }
    return all;
  }

  private static List<Customer> sampleCustomers() {
    return CsvFile.read(
        "samples/customers.csv",
        () -> open("customers.csv"),
        List.of("customer_id", "name", "email", "street", "city", "postal_code", "country"),
        r ->
            new Customer(
                r.getField("customer_id"),
                r.getField("name"),
                r.getField("email"),
                r.getField("street"),
                r.getField("city"),
                r.getField("postal_code"),
                r.getField("country")));
  }

  private static String roman(int n) {
    String[] tens = {"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"};
    String[] ones = {"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"};
    return "C".repeat(n / 100) + tens[n / 10 % 10] + ones[n % 10];
  }

  private static Reader open(String name) throws IOException {
    InputStream bytes = Samples.class.getResourceAsStream("/samples/" + name);
    if (bytes == null) {
      throw new FileNotFoundException("samples/" + name + " is not in the jar");
    }
    return new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder());
  }
}
