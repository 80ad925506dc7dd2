package musiccorp.contract;

import commondata.event.EventType;
import java.time.LocalDate;

/** The customer has the parcel. Key: orderId. */
@EventType("order.delivered")
public record OrderDelivered(String orderId, String customerId, String trackingNo, LocalDate on) {}
