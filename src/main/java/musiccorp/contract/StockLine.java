package musiccorp.contract;

/** How many of one item. */
public record StockLine(String sku, int quantity) {}
