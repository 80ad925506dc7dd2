package musiccorp.bench;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

/** Writes the order file of the bench: rows of 114 bytes, one in a thousand of them bad. */
public final class BenchFile {

  private static final String HEADER =
      "order_id,customer_id,order_date,sku,quantity,unit_price,note\n";
  private static final int BAD_ONE_IN = 1_000;
  private static final int ROW_BYTES = 114;
  private static final String PADDING = " ".repeat(ROW_BYTES).replace(' ', 'n');

  private BenchFile() {}

  /**
   * Writes rows that depend on the seed alone; returns how many are bad.
   *
   * @param way fixed width, or CSV
   * @param known whether every second row has an order number of the seed before
   */
  public static long write(Path file, FilesWay way, long rows, long seed, boolean known)
      throws IOException {
    return write(file, way, rows, seed, known, BAD_ONE_IN);
  }

  /** Writes the CSV of the same seed, with a good row in the place of each bad one. */
  public static void writeGood(Path file, long rows, long seed) throws IOException {
    write(file, FilesWay.APPEND, rows, seed, false, Integer.MAX_VALUE);
  }

  private static long write(
      Path file, FilesWay way, long rows, long seed, boolean known, int badOneIn)
      throws IOException {
    Random random = new Random(seed);
    Random ids = new Random(-seed);
    Random before = new Random(1 - seed);
    boolean fixed = way == FilesWay.FIXED;
    long bad = 0;
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(fixed ? "" : HEADER);
      StringBuilder row = new StringBuilder(ROW_BYTES + 1);
      for (long n = 0; n < rows; n++) {
        boolean isBad = n % badOneIn == badOneIn - 1;
        bad += isBad ? 1 : 0;
        row.setLength(0);
        UUID own = new UUID(ids.nextLong(), ids.nextLong());
        UUID theirs = new UUID(before.nextLong(), before.nextLong());
        row.append(known && n % 2 == 0 ? theirs : own);
        appendRow(row, random, isBad ? (int) (n / badOneIn % 3) : -1, fixed ? "" : ",");
        row.append(PADDING, 0, Math.max(0, ROW_BYTES - 1 - row.length())).append('\n');
        out.append(row);
      }
    }
    return bad;
  }

  private static void appendRow(StringBuilder row, Random random, int fault, String comma) {
    int sku = random.nextInt(10_000);
    String width = comma.isEmpty() ? "%3s" : "%s";
    row.append(comma)
        .append("C-")
        .append(padded(random.nextInt(100_000)))
        .append(comma)
        .append(fault == 0 ? "2026-13-01" : "2026-11-0" + (1 + random.nextInt(9)))
        .append(comma)
        .append("SKU-")
        .append(padded(fault == 1 ? sku + 10_000 : sku))
        .append(comma)
        .append(width.formatted(fault == 2 ? -1 : 1 + random.nextInt(9)))
        .append(comma)
        .append(width.formatted(1 + random.nextInt(99)))
        .append(".99")
        .append(comma);
  }

  private static String padded(int number) {
    return String.format(Locale.ROOT, "%06d", number);
  }
}
