package commondata.job;

import java.math.BigDecimal;

/**
 * How many records of a file may be refused before the whole file is.
 *
 * @param max at most so many
 * @param maxRatio at most this part of all, 0 to 1
 * @param loadsRest whether what is left is loaded even when more are refused
 */
public record RejectLimit(long max, double maxRatio, boolean loadsRest) {

  static final RejectLimit NONE = new RejectLimit(0, 0, false);

  /** Whether a file with so many refused records is still loaded. */
  public boolean allows(long rejected, long records) {
    return loadsRest || (rejected <= max && isWithinRatio(rejected, records));
  }

  /** As it is written: 0.29 of 100 are 29, which a product of binary fractions is not. */
  private boolean isWithinRatio(long rejected, long records) {
    BigDecimal most = BigDecimal.valueOf(maxRatio).multiply(BigDecimal.valueOf(records));
    return BigDecimal.valueOf(rejected).compareTo(most) <= 0;
  }

  @Override
  public String toString() {
    String most = max == Long.MAX_VALUE ? "" : " %d and".formatted(max);
    return "at most%s %.1f %% of a file".formatted(most, maxRatio * 100);
  }
}
