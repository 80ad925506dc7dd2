package musiccorp.demo;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Plans a demo on the sample data: the same run number, count and date always give the same story,
 * byte by byte. Order numbers carry the run, so that a home can see many demos.
 */
final class OrderPlan {

  private static final int DAYS = 5;
  private static final String FEED = "store-orders";
  private static final String CARD = "card-ok";
  private static final int VELOCITY_CUSTOMER = 7;
  private static final int AMOUNT_CUSTOMER = 12;

  private final int run;
  private final Shares shares;
  private final int count;
  private final LocalDate today;
  private final Random random;
  private final List<Item> items = Samples.items();
  private final Map<String, BigDecimal> prices =
      items.stream().collect(Collectors.toMap(Item::sku, Item::unitPrice));
  private final List<String> plainSkus =
      items.stream()
          .map(Item::sku)
          .filter(sku -> !sku.equals(Samples.SCARCE) && !sku.equals(Samples.EXPENSIVE))
          .toList();
  private final List<Customer> customers;
  private final List<Customer> ordinary;
  private final List<PlannedOrder> plain = new ArrayList<>();
  private int lastNumber;
  private int nextCustomer;

  private OrderPlan(int run, int count, LocalDate today) {
    this.run = run;
    this.count = count;
    this.today = today;
    this.shares = Shares.of(count);
    this.random = new Random(run);
    // Few orders a customer and day, so that the rule VELOCITY meets only the one meant for it.
    this.customers = Samples.customers(count / 8);
    this.ordinary = new ArrayList<>(customers);
    ordinary.remove(AMOUNT_CUSTOMER);
    ordinary.remove(VELOCITY_CUSTOMER);
    this.nextCustomer = run * 7;
  }

  static Story of(int run, int count, LocalDate today) {
    return new OrderPlan(run, count, today).story();
  }

  private Story story() {
    List<PlannedOrder> fromFiles = firstWave();
    List<PlannedOrder> rest = restOrders();
    List<PlannedOrder> flagged = secondWave();
    Totals planned =
        Totals.of(fromFiles, prices).plus(Totals.of(rest, prices)).plus(Totals.of(flagged, prices));
    return new Story(
        "%,d orders on the sample data".formatted(count),
        masterData(),
        firstWaveFiles(fromFiles),
        rest,
        bank(),
        secondWaveFiles(flagged),
        dates(),
        "D%d-".formatted(run),
        "demo-%d-".formatted(run),
        planned);
  }

  private List<FeedFile> masterData() {
    return List.of(
        new FeedFile("catalog", "catalog-D%d.csv".formatted(run), FeedFiles.catalog(items)),
        new FeedFile(
            "customers", "customers-D%d.csv".formatted(run), FeedFiles.customers(customers)));
  }

  private List<LocalDate> dates() {
    return today.minusDays(DAYS - 1).datesUntil(today.plusDays(1)).toList();
  }

  private List<PlannedOrder> firstWave() {
    for (int n = 0; n < shares.plain(); n++) {
      plain.add(order(someone(), spread(n), CARD, randomLines()));
    }
    List<PlannedOrder> orders = new ArrayList<>(plain);
    for (int n = 0; n < shares.declined(); n++) {
      orders.add(order(someone(), spread(n), "card-declined", randomLines()));
    }
    for (int n = 0; n < shares.scarce(); n++) {
      orders.add(order(someone(), spread(n), CARD, lines(Samples.SCARCE, 1)));
    }
    for (int n = 0; n < shares.expensive(); n++) {
      orders.add(order(amountCustomer(), today, CARD, lines(Samples.EXPENSIVE, 3)));
    }
    for (int n = 0; n < shares.velocity(); n++) {
      orders.add(order(velocityCustomer(), today, CARD, randomLines()));
    }
    return orders;
  }

  private List<PlannedOrder> restOrders() {
    List<PlannedOrder> orders = new ArrayList<>();
    for (int n = 0; n < shares.rest(); n++) {
      String key = "demo-%d-%05d".formatted(run, n + 1);
      // Last, when shop and customer have run warm: whoever is slow finds the order packed.
      boolean cancelled = n >= shares.rest() - shares.cancelled();
      orders.add(new PlannedOrder(key, someone(), today, CARD, randomLines(), cancelled));
    }
    return orders;
  }

  private List<PlannedOrder> secondWave() {
    List<String> suspects = new ArrayList<>(List.of(velocityCustomer(), amountCustomer()));
    chargedBack().forEach(order -> suspects.add(order.customerId()));
    List<PlannedOrder> orders = new ArrayList<>();
    for (int n = 0; n < shares.flagged(); n++) {
      orders.add(order(suspects.get(n % suspects.size()), today, CARD, randomLines()));
    }
    return orders;
  }

  private List<FeedFile> firstWaveFiles(List<PlannedOrder> orders) {
    List<PlannedOrder> written = new ArrayList<>(orders);
    if (shares.wholeStory()) {
      written.addAll(refusable(dates()));
    }
    TreeMap<LocalDate, List<PlannedOrder>> byDate =
        written.stream()
            .collect(Collectors.groupingBy(PlannedOrder::date, TreeMap::new, Collectors.toList()));
    List<FeedFile> files = new ArrayList<>();
    byDate.forEach((date, some) -> files.add(storeFile(date.toString(), some)));
    if (shares.wholeStory()) {
      FeedFile first = files.get(0);
      files.add(
          new FeedFile(FEED, first.name().replace("D" + run, "D" + run + "-again"), first.text()));
      files.add(torn());
    }
    return files;
  }

  /** Orders with something wrong in them: each becomes rejects, none is placed. */
  private List<PlannedOrder> refusable(List<LocalDate> dates) {
    return List.of(
        bad(1, someone(), dates.get(0), lines("MC-999", 1)),
        bad(2, someone(), dates.get(1), lines(plainSkus.get(0), -2)),
        bad(3, "CU-9999999", dates.get(2), lines(plainSkus.get(1), 1)));
  }

  /** A file whose trailer promises more than there is: refused as a whole. */
  private FeedFile torn() {
    List<PlannedOrder> orders =
        List.of(bad(4, someone(), today, randomLines()), bad(5, someone(), today, randomLines()));
    String name = "store-orders-D%d-torn.csv".formatted(run);
    return new FeedFile(FEED, name, FeedFiles.storeOrders(orders, 7));
  }

  private PlannedOrder bad(
      int number, String customer, LocalDate date, List<PlannedOrder.Line> lines) {
    return new PlannedOrder("X%d-%05d".formatted(run, number), customer, date, CARD, lines, false);
  }

  private List<FeedFile> secondWaveFiles(List<PlannedOrder> orders) {
    return orders.isEmpty() ? List.of() : List.of(storeFile(today + "-evening", orders));
  }

  private FeedFile storeFile(String what, List<PlannedOrder> orders) {
    String name = "store-orders-D%d-%s.csv".formatted(run, what);
    return new FeedFile(FEED, name, FeedFiles.storeOrders(orders));
  }

  private List<PlannedOrder> chargedBack() {
    return plain.subList(0, shares.chargedBack());
  }

  /** Charge-backs, and two records that don't fit: for reconcile-payments to rule on. */
  private List<FeedFile> bank() {
    if (shares.chargedBack() == 0) {
      return List.of();
    }
    List<FeedFiles.BankReturn> returns = new ArrayList<>();
    for (PlannedOrder order : chargedBack()) {
      returns.add(
          new FeedFiles.BankReturn(order.reference(), order.total(prices), "card holder disputes"));
    }
    if (shares.wholeStory()) {
      PlannedOrder other = plain.get(shares.chargedBack());
      BigDecimal tooMuch = other.total(prices).add(BigDecimal.ONE);
      returns.add(new FeedFiles.BankReturn(other.reference(), tooMuch, "amount in dispute"));
      returns.add(
          new FeedFiles.BankReturn(
              "X%d-99999".formatted(run), new BigDecimal("42.00"), "account closed"));
    }
    String name = "bank-returns-D%d-%s.txt".formatted(run, today);
    return List.of(new FeedFile("bank-returns", name, FeedFiles.bankReturns(today, run, returns)));
  }

  private PlannedOrder order(
      String customer, LocalDate date, String method, List<PlannedOrder.Line> lines) {
    lastNumber++;
    String number = "D%d-%05d".formatted(run, lastNumber);
    return new PlannedOrder(number, customer, date, method, lines, false);
  }

  private LocalDate spread(int n) {
    return today.minusDays(DAYS - 1 - n % DAYS);
  }

  private String someone() {
    nextCustomer++;
    return ordinary.get(nextCustomer % ordinary.size()).customerId();
  }

  private String velocityCustomer() {
    return customers.get(VELOCITY_CUSTOMER).customerId();
  }

  private String amountCustomer() {
    return customers.get(AMOUNT_CUSTOMER).customerId();
  }

  private List<PlannedOrder.Line> randomLines() {
    List<PlannedOrder.Line> lines = new ArrayList<>();
    for (int n = 0; n <= random.nextInt(3); n++) {
      String sku = plainSkus.get(random.nextInt(plainSkus.size()));
      lines.add(new PlannedOrder.Line(sku, 1 + random.nextInt(2)));
    }
    return lines;
  }

  private static List<PlannedOrder.Line> lines(String sku, int quantity) {
    return List.of(new PlannedOrder.Line(sku, quantity));
  }
}
