package musiccorp.bench;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

/** Writes the order file of the bench: CSV rows of 114 bytes, one in a thousand of them bad. */
final class BenchFile {

  private static final String HEADER =
      "order_id,customer_id,order_date,sku,quantity,unit_price,note\n";
  private static final int BAD_ONE_IN = 1_000;
  private static final int ROW_BYTES = 114;
  private static final String PADDING = " ".repeat(ROW_BYTES).replace(' ', 'n');

  private BenchFile() {}

  /** Writes {@code rows} rows that depend on {@code seed} alone; returns how many are bad. */
  static long write(Path file, long rows, long seed) throws IOException {
    Random random = new Random(seed);
    long bad = 0;
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(HEADER);
      StringBuilder row = new StringBuilder(ROW_BYTES + 1);
      for (long n = 0; n < rows; n++) {
        boolean isBad = n % BAD_ONE_IN == BAD_ONE_IN - 1;
        bad += isBad ? 1 : 0;
        row.setLength(0);
        appendRow(row, random, isBad ? (int) (n / BAD_ONE_IN % 3) : -1);
        row.append(PADDING, 0, Math.max(0, ROW_BYTES - 1 - row.length())).append('\n');
        out.append(row);
      }
    }
    return bad;
  }

  private static void appendRow(StringBuilder row, Random random, int fault) {
    int sku = random.nextInt(10_000);
    row.append(new UUID(random.nextLong(), random.nextLong()))
        .append(",C-")
        .append(padded(random.nextInt(100_000)))
        .append(fault == 0 ? ",2026-13-01," : ",2026-11-0" + (1 + random.nextInt(9)) + ",")
        .append("SKU-")
        .append(padded(fault == 1 ? sku + 10_000 : sku))
        .append(fault == 2 ? ",-1," : "," + (1 + random.nextInt(9)) + ",")
        .append(1 + random.nextInt(99))
        .append(".99,");
  }

  private static String padded(int number) {
    return String.format(Locale.ROOT, "%06d", number);
  }
}
