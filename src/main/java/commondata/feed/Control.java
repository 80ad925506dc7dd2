package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * A control total: what trailer or header declares and what the records give must be the same.
 *
 * @param declared column that declares it
 * @param inHeader whether that is a column of the header
 * @param sumOf column that is added up; null: records are counted
 * @param mark mark of the records that are counted or added up; null: all of them
 * @param digits last digits that count, of a hash total; 0: all of them
 */
record Control(
    String declared, boolean inHeader, @Nullable String sumOf, @Nullable String mark, int digits) {

  boolean isCount() {
    return sumOf == null;
  }

  /** Whether records of a shape are counted or added up. */
  boolean covers(RecordShape shape) {
    return (mark == null || mark.equals(shape.mark()))
        && (sumOf == null || shape.names().contains(sumOf));
  }
}
