package musiccorp.warehouse;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import java.util.List;
import java.util.Optional;
import musiccorp.contract.ItemListed;
import musiccorp.contract.OrderConfirmed;
import musiccorp.contract.OrderPackaged;
import musiccorp.contract.ReleaseStock;
import musiccorp.contract.ReserveStock;
import musiccorp.contract.StockRejected;
import musiccorp.contract.StockReleaseRefused;
import musiccorp.contract.StockReleased;
import musiccorp.contract.StockReserved;

/** Promises stock to orders, packs them, and frees what was promised. */
final class WarehouseHandlers {

  private final StockRows rows;
  private final Outbox outbox;

  WarehouseHandlers(Login login, EventCodec codec) {
    this.rows = new StockRows(login);
    this.outbox = new Outbox(login, codec);
  }

  void onListed(ItemListed item) {
    rows.list(item.sku(), item.initialStock());
  }

  /** All or nothing. */
  void onReserve(ReserveStock request, Event event) {
    rows.lock();
    List<StockRows.Wanted> wanted = rows.wanted(request.lines());
    Optional<StockRows.Wanted> lacking =
        wanted.stream().filter(StockRows.Wanted::lacks).findFirst();
    if (lacking.isPresent()) {
      reject(request.orderId(), lacking.get(), event);
    } else if (rows.reserve(request.orderId(), wanted)) {
      outbox.respond(event, new StockReserved(request.orderId()));
    }
  }

  private void reject(String orderId, StockRows.Wanted lacking, Event event) {
    Integer available = lacking.available();
    if (available == null && lacking.isInCatalog()) {
      throw new ItemNotListedYetException(
          "sku \"%s\" of order \"%s\" is in the catalog, but its stock is not known here yet"
              .formatted(lacking.sku(), orderId));
    }
    int left = available == null ? 0 : available;
    String reason =
        available == null
            ? "sku \"%s\" is not in the catalog".formatted(lacking.sku())
            : "sku \"%s\": %d wanted, %d left".formatted(lacking.sku(), lacking.quantity(), left);
    if (rows.reject(orderId, reason)) {
      outbox.respond(
          event, new StockRejected(orderId, lacking.sku(), lacking.quantity(), left, reason));
    }
  }

  void onConfirmed(OrderConfirmed order) {
    rows.lock();
    if (rows.pack(order.orderId())) {
      outbox.publish(
          order.orderId(),
          new OrderPackaged(
              order.orderId(),
              order.customerId(),
              order.customerName(),
              order.email(),
              order.shipTo(),
              1));
      return;
    }
    String state = rows.state(order.orderId()).orElse("nothing");
    if (!state.equals("RESERVED") && !state.equals("PACKED")) {
      throw new IllegalStateException(
          "order \"%s\" is confirmed, but the warehouse has %s for it instead of RESERVED"
              .formatted(order.orderId(), state));
    }
  }

  void onRelease(ReleaseStock request, Event event) {
    rows.lock();
    if (rows.release(request.orderId(), request.reason())) {
      outbox.respond(event, new StockReleased(request.orderId(), request.reason()));
      return;
    }
    String state = rows.state(request.orderId()).orElse("not reserved");
    outbox.respond(
        event,
        new StockReleaseRefused(request.orderId(), "the order's items are %s".formatted(state)));
  }

  void onEnded(String orderId, String reason) {
    rows.lock();
    rows.release(orderId, reason);
  }
}
