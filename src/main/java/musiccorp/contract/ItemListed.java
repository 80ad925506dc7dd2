package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** An item is on sale, or its listing changed. Key: sku. */
@EventType("catalog.item-listed")
public record ItemListed(
    String sku, String title, String artist, BigDecimal unitPrice, int initialStock) {}
