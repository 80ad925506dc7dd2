package musiccorp.order;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import musiccorp.contract.OrderLine;
import musiccorp.contract.OrderPlaced;
import musiccorp.contract.ReserveStock;
import musiccorp.contract.StockLine;

/**
 * What customers do: place, look at and cancel orders. Each call is one transaction, or joins the
 * caller's. Thread-safe.
 */
public final class Orders {

  private static final String REPLY_TO = "order";

  private final Login login;
  private final OrderRows rows;
  private final Catalog catalog;
  private final Outbox outbox;
  private final OrderFlow flow;
  private final OrderId orderId = new OrderId(Clock.systemUTC());

  /**
   * @param login {@code order_service}
   */
  public Orders(Login login, EventCodec codec) {
    this.login = login;
    this.rows = new OrderRows(login);
    this.catalog = new Catalog(login);
    this.outbox = new Outbox(login, codec);
    this.flow = new OrderFlow(login, codec);
  }

  /** Stores an order and publishes it, unless something is wrong with it or it came before. */
  public PlaceResult place(NewOrder order) {
    List<PlaceResult.Problem> errors = NewOrderCheck.errorsOf(order);
    if (!errors.isEmpty()) {
      return new PlaceResult.Refused(errors);
    }
    return login.inTransaction(() -> earlier(order).orElseGet(() -> placeNew(order)));
  }

  private Optional<PlaceResult> earlier(NewOrder order) {
    String key = order.idempotencyKey();
    if (key == null) {
      return Optional.empty();
    }
    return rows.findByIdempotencyKey(key)
        .flatMap(rows::find)
        .map(
            found ->
                isSame(order, found)
                    ? new PlaceResult.AlreadyPlaced(found.orderId())
                    : new PlaceResult.Conflict(found.orderId(), key));
  }

  private static boolean isSame(NewOrder order, Order found) {
    List<NewOrder.Line> foundLines =
        found.lines().stream().map(line -> new NewOrder.Line(line.sku(), line.quantity())).toList();
    return order.customerId().equals(found.customerId())
        && order.paymentMethod().equals(found.paymentMethod())
        && order.lines().equals(foundLines);
  }

  private PlaceResult placeNew(NewOrder order) {
    Optional<Catalog.Customer> customer = catalog.customer(order.customerId());
    Map<String, Catalog.Item> items =
        catalog.items(order.lines().stream().map(NewOrder.Line::sku).distinct().toList());
    List<PlaceResult.Problem> errors =
        new ArrayList<>(NewOrderCheck.unknownSkus(order.lines(), items));
    if (customer.isEmpty()) {
      errors.add(0, NewOrderCheck.unknownCustomer(order.customerId()));
    }
    if (customer.isEmpty() || !errors.isEmpty()) {
      return new PlaceResult.Refused(errors);
    }
    List<OrderLine> lines = priced(order.lines(), items);
    BigDecimal total = NewOrderCheck.total(lines);
    if (total.compareTo(NewOrderCheck.TOTAL_MAX) > 0) {
      return new PlaceResult.Refused(List.of(NewOrderCheck.totalTooHigh(total)));
    }
    return store(order, customer.get(), lines);
  }

  private static List<OrderLine> priced(
      List<NewOrder.Line> lines, Map<String, Catalog.Item> items) {
    List<OrderLine> priced = new ArrayList<>();
    for (NewOrder.Line line : lines) {
      Catalog.Item item = java.util.Objects.requireNonNull(items.get(line.sku()));
      priced.add(
          new OrderLine(
              priced.size() + 1, item.sku(), item.title(), line.quantity(), item.unitPrice()));
    }
    return priced;
  }

  private PlaceResult store(NewOrder order, Catalog.Customer customer, List<OrderLine> lines) {
    String id = orderId.next();
    LocalDate date = order.businessDate() == null ? rows.today() : order.businessDate();
    if (!rows.insert(id, order, date, lines)) {
      // Another call with the same key has committed since we looked.
      return earlier(order).orElseThrow();
    }
    UUID flow =
        outbox.publish(
            id,
            new OrderPlaced(
                id,
                customer.customerId(),
                customer.name(),
                customer.email(),
                customer.address(),
                lines,
                NewOrderCheck.total(lines),
                order.paymentMethod(),
                order.channel().name()),
            date);
    List<StockLine> wanted =
        lines.stream().map(line -> new StockLine(line.sku(), line.quantity())).toList();
    outbox.request(id, new ReserveStock(id, wanted), REPLY_TO, date, flow);
    return new PlaceResult.Placed(id);
  }

  /** The order as it stands now. */
  public Optional<Order> find(String id) {
    // In one transaction, so on one connection: two at a time could starve the pool.
    return isStorable(id) ? login.inTransaction(() -> rows.find(id)) : Optional.empty();
  }

  /** Cancels an order, or asks the warehouse to let it go: possible until it is packed. */
  public CancelResult cancel(String id, String reason) {
    if (!isStorable(id)) {
      return new CancelResult.NotFound(id);
    }
    return login.inTransaction(
        () ->
            rows.lock(id)
                .map(head -> cancel(head, reason))
                .orElseGet(() -> new CancelResult.NotFound(id)));
  }

  private CancelResult cancel(OrderRows.Head head, String reason) {
    Progress before = head.progress();
    Progress next = before.cancelled();
    if (!next.equals(before)) {
      flow.move(head, next, reason);
    }
    return switch (before.state()) {
      case PLACED -> new CancelResult.Cancelled(head.orderId());
      case CONFIRMED -> new CancelResult.Asked(head.orderId());
      case CANCELLED -> new CancelResult.AlreadyCancelled(head.orderId());
      default -> new CancelResult.TooLate(head.orderId(), before.state());
    };
  }

  /** PostgreSQL's text has no NUL; an id with one was never stored. */
  private static boolean isStorable(String id) {
    return id.indexOf('\0') < 0;
  }
}
