package musiccorp.contract;

import commondata.event.EventType;

/**
 * Answer to stock.release: the items are free again, the order will not be packed. Key: orderId.
 */
@EventType("stock.released")
public record StockReleased(String orderId) {}
