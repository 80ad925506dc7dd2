package musiccorp.contract;

import commondata.event.EventType;

/**
 * Answer to stock.release: the items are free again, the order will not be packed; the reason is
 * that of the request. Key: orderId.
 */
@EventType("stock.released")
public record StockReleased(String orderId, String reason) {}
