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

  /** Names of the columns in a file that names them. */
  List<String> titles() {
    return columns.stream().map(Column::title).toList();
  }

  /** Decimals of a column; 0 if it has none. */
  int scaleOf(@Nullable String column) {
    return columns.stream()
        .filter(c -> c.name().equals(column) && c.type() == Column.Type.DECIMAL)
        .mapToInt(Column::scale)
        .findFirst()
        .orElse(0);
  }

  /** Characters a fixed-width record must have. */
  int length() {
    int markLength = mark == null ? 0 : mark.codePointCount(0, mark.length());
    return columns.stream().mapToInt(c -> c.at() - 1 + c.length()).reduce(markLength, Math::max);
  }
}
