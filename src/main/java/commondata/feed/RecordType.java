package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * One of the types of records a file is made of, header and trailer aside.
 *
 * @param table table that its records are copied into; null if there is none
 * @param sortedBy column whose order rows are copied in, if they go where they stay
 */
record RecordType(RecordShape shape, @Nullable String table, @Nullable String sortedBy) {

  /** Index of the column rows are sorted by; -1 without one. */
  int sortIndex() {
    return sortedBy == null ? -1 : shape.names().indexOf(sortedBy);
  }
}
