package musiccorp.contract;

import commondata.event.EventType;

/** A customer is known, or what is known changed. Key: customerId. */
@EventType("customer.registered")
public record CustomerRegistered(String customerId, String name, String email, String country) {}
