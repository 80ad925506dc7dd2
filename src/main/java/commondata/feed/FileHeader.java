package commondata.feed;

import commondata.job.Plural;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The first record of a file: the column names of CSV, or the header of a layout that has one. It
 * is read whenever a load begins or goes on.
 */
final class FileHeader {

  /** Names that a message shows at most. */
  private static final int SHOWN_MAX = 5;

  private final Layout layout;
  private final List<Field> fields;
  private int @Nullable [] places;
  private final Map<String, BigDecimal> declared = new HashMap<>();

  FileHeader(Layout layout) {
    this.layout = layout;
    this.fields = Field.all(layout, layout.header());
  }

  /** Reads it, if the layout wants one; says what is wrong with it. */
  @Nullable FileError read(BlockReader reader) throws IOException {
    if (!layout.named() && layout.header() == null) {
      return null;
    }
    RecordReader records = layout.reader();
    RawRecord first = null;
    while (first == null) {
      Block block = reader.record();
      if (block == null) {
        FileError broken = reader.broken();
        return broken == null ? new FileError(0, Code.EMPTY, "the file is empty") : broken;
      }
      records.open(block);
      first = records.next();
    }
    return layout.named() ? names(first) : header(first);
  }

  /** Where in a record each column of its shape stands: a header may name them in any order. */
  int[] places(RecordShape shape) {
    return places == null ? IntStream.range(0, shape.columns().size()).toArray() : places.clone();
  }

  /** The header of a file whose columns came in that order. */
  static FileHeader ordered(Layout layout, List<String> columns) {
    FileHeader header = new FileHeader(layout);
    header.places = layout.onlyShape().names().stream().mapToInt(columns::indexOf).toArray();
    return header;
  }

  /** The columns in the order they came; null if it is the layout's. */
  @Nullable List<String> otherOrder() {
    if (places == null) {
      return null;
    }
    List<String> names = layout.onlyShape().names();
    String[] order = new String[places.length];
    for (int i = 0; i < places.length; i++) {
      order[places[i]] = names.get(i);
    }
    return names.equals(List.of(order)) ? null : List.of(order);
  }

  /** Numbers that the header declares, by column. */
  Map<String, BigDecimal> declared() {
    return declared;
  }

  private @Nullable FileError names(RawRecord record) {
    if (record.kind != RawRecord.Kind.DETAIL) {
      return refused(record, "is missing");
    }
    List<String> expected = layout.onlyShape().titles();
    List<String> found = IntStream.range(0, record.count).mapToObj(record::value).toList();
    if (found.size() == expected.size() && Set.copyOf(expected).equals(new HashSet<>(found))) {
      places = expected.stream().mapToInt(found::indexOf).toArray();
      return null;
    }
    return refused(record, misnamed(expected, found));
  }

  /** Columns may come in any order: only what is missing or too much is wrong. */
  private static String misnamed(List<String> expected, List<String> found) {
    List<String> missing = expected.stream().filter(name -> !found.contains(name)).toList();
    List<String> unknown = found.stream().filter(name -> !expected.contains(name)).toList();
    List<String> wrong = new ArrayList<>();
    if (!missing.isEmpty()) {
      wrong.add("lacks the %s %s".formatted(Plural.of(missing.size(), "column"), named(missing)));
    }
    if (!unknown.isEmpty()) {
      wrong.add("has %s, which the layout does not have".formatted(named(unknown)));
    }
    if (wrong.isEmpty()) {
      List<String> twice =
          expected.stream().filter(name -> Collections.frequency(found, name) > 1).toList();
      wrong.add("has the %s %s twice".formatted(Plural.of(twice.size(), "column"), named(twice)));
    }
    return String.join(" and ", wrong);
  }

  private static String named(List<String> names) {
    String shown =
        names.stream().limit(SHOWN_MAX).map(Field::quoted).collect(Collectors.joining(", "));
    int more = names.size() - SHOWN_MAX;
    return more > 0 ? shown + " and %d more".formatted(more) : shown;
  }

  private @Nullable FileError header(RawRecord record) {
    if (record.kind != RawRecord.Kind.HEADER) {
      return refused(record, "is missing");
    }
    CopyRow scratch = new CopyRow(1_000);
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      field.read(record.value(i), record.suspicious, scratch, record.errors);
      if (field.hasNumber()) {
        declared.put(field.column.name(), BigDecimal.valueOf(field.number(), field.scale()));
      }
    }
    return record.errors.isEmpty()
        ? null
        : refused(record, "is unusable: " + record.errors.first());
  }

  private static FileError refused(RawRecord record, String what) {
    return new FileError(record.line, Code.HEADER, "the header " + what);
  }
}
