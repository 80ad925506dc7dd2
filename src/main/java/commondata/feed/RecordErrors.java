package commondata.feed;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All errors of one record; emptied and used again for the next. */
final class RecordErrors {

  /** One error; the column is empty if it is about the whole record. */
  record Entry(String column, String code, String message) {}

  private final List<Entry> entries = new ArrayList<>();

  void add(String column, String code, String message) {
    entries.add(new Entry(column, code, message));
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  List<Entry> entries() {
    return entries;
  }

  /** Whether one of them is about a column, or about the record as a whole. */
  boolean areOf(String column) {
    return entries.stream()
        .anyMatch(entry -> entry.column().isEmpty() || entry.column().equals(column));
  }

  /** The first of them in words; there must be one. */
  String first() {
    Entry first = entries.get(0);
    return first.column().isEmpty()
        ? first.message()
        : "column \"%s\": %s".formatted(first.column(), first.message());
  }

  /** Puts errors in the order of their columns; those about the whole record stay first. */
  void order(List<String> columns) {
    entries.sort(Comparator.comparingInt(entry -> columns.indexOf(entry.column())));
  }

  void clear() {
    entries.clear();
  }
}
