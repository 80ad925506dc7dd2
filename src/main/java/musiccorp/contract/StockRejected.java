package musiccorp.contract;

import commondata.event.EventType;

/** Answer to stock.reserve: nothing is promised; names the first item that lacks. Key: orderId. */
@EventType("stock.rejected")
public record StockRejected(
    String orderId, String sku, int requested, int available, String reason) {}
