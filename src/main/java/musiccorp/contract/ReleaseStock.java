package musiccorp.contract;

import commondata.event.EventType;

/**
 * Request to the warehouse: give the items of a confirmed order back unless it is packed. Key:
 * orderId.
 */
@EventType("stock.release")
public record ReleaseStock(String orderId, String reason) {}
