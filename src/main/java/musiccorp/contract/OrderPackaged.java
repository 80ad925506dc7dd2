package musiccorp.contract;

import commondata.event.EventType;

/** The parcel is ready; from here on the order can't be cancelled. Key: orderId. */
@EventType("order.packaged")
public record OrderPackaged(
    String orderId,
    String customerId,
    String customerName,
    String email,
    Address shipTo,
    int parcels) {}
