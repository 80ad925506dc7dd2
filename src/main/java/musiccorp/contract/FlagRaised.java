package musiccorp.contract;

import commondata.event.EventType;

/** A customer is flagged from now on. Key: customerId. */
@EventType("fraud.flag-raised")
public record FlagRaised(String customerId, String rule, String reason) {}
