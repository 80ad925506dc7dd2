package musiccorp.contract;

import commondata.event.EventType;
import java.time.LocalDate;

/** The carrier has the parcel. Key: orderId. */
@EventType("order.shipped")
public record OrderShipped(String orderId, String customerId, String trackingNo, LocalDate on) {}
