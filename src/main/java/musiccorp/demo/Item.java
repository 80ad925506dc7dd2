package musiccorp.demo;

import java.math.BigDecimal;

/** One line of a catalog file. An empty stock means the feed's default. */
record Item(
    String sku,
    String title,
    String artist,
    String album,
    String genre,
    BigDecimal unitPrice,
    String initialStock) {}
