package musiccorp.contract;

import commondata.event.EventType;

/** Answer to stock.reserve: every item is promised. Key: orderId. */
@EventType("stock.reserved")
public record StockReserved(String orderId) {}
