package musiccorp.contract;

import commondata.event.EventType;
import java.util.List;

/** Request to the warehouse: promise these items to the order, all or none. Key: orderId. */
@EventType("stock.reserve")
public record ReserveStock(String orderId, List<StockLine> lines) {}
