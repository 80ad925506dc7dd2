package musiccorp.contract;

import commondata.event.EventType;

/** Answer to stock.release: too late, nothing was given back. Key: orderId. */
@EventType("stock.release-refused")
public record StockReleaseRefused(String orderId, String reason) {}
