package commondata.feed;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shape of one kind of record.
 *
 * @param mark what the record begins with, if it is told by that
 */
record RecordShape(@Nullable String mark, List<Column> columns) {

  RecordShape {
    columns = List.copyOf(columns);
  }

  List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /** Characters a fixed-width record must have. */
  int length() {
    int markLength = mark == null ? 0 : mark.length();
    return columns.stream().mapToInt(c -> c.at() - 1 + c.length()).reduce(markLength, Math::max);
  }
}
