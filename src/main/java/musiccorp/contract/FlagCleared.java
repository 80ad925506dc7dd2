package musiccorp.contract;

import commondata.event.EventType;

/** A customer is no longer flagged; rule and reason are those of the flag. Key: customerId. */
@EventType("fraud.flag-cleared")
public record FlagCleared(String customerId, String rule, String reason) {}
