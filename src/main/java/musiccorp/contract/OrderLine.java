package musiccorp.contract;

import java.math.BigDecimal;

/** One line of an order, with the title and price of the day it was placed. */
public record OrderLine(int lineNo, String sku, String title, int quantity, BigDecimal unitPrice) {}
