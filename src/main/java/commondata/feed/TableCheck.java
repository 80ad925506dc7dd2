package commondata.feed;

import commondata.job.DefinitionException;
import commondata.job.Plural;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the tables of a feed can hold what its layout says: a column that is missing would stop
 * the first file, and one of another type would keep other values than came: a timestamp of another
 * zone, a number with fewer decimals; or have no room for some. And whether the feed's login may do
 * there what a load does. What a layout calls text may go into any column of a table that is
 * appended to, as the server reads it; into staging, which must take every record, only as text.
 */
final class TableCheck {

  private static final String COLUMNS =
      """
      SELECT
          a.attname,
          t.base,
          CASE
              WHEN t.base = 'numeric' AND t.modifier > 0
                  THEN ((t.modifier - 4) & 2047 # 1024) - 1024
          END AS scale,
          CASE
              WHEN t.base = 'numeric' AND t.modifier > 0 THEN (t.modifier - 4) >> 16
          END AS digits,
          CASE
              WHEN t.base IN ('varchar', 'bpchar') AND t.modifier > 0 THEN t.modifier - 4
          END AS length,
          format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      CROSS JOIN LATERAL (
          SELECT
              coalesce(b.typname, d.typname) AS base,
              CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE d.typtypmod END AS modifier
          FROM pg_type AS d
          LEFT JOIN pg_type AS b ON b.oid = d.typbasetype
          WHERE d.oid = a.atttypid
      ) AS t
      WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(:table) AS name[])
      """;

  /** Of a partitioned table, each partition says so for itself; those of files are logged. */
  private static final String UNLOGGED =
      """
      SELECT count(*)
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ARRAY[n.nspname, c.relname] = CAST(parse_ident(:table) AS name[])
        AND c.relpersistence = 'u'
      """;

  private static final Set<String> TEXTS = Set.of("text", "varchar", "bpchar");
  private static final Set<String> INTEGERS = Set.of("int2", "int4", "int8", "numeric", "float8");
  private static final Set<String> DECIMALS = Set.of("numeric", "float8");

  /**
   * A column of a table.
   *
   * @param base its type, of a domain the one below
   * @param scale decimals, where they are declared
   * @param digits with the decimals, where they are declared
   * @param length characters, where they are declared
   * @param type as the server shows it
   */
  record Found(
      String base,
      @Nullable Integer scale,
      @Nullable Integer digits,
      @Nullable Integer length,
      String type) {}

  private final Feed feed;
  private final List<String> errors = new ArrayList<>();

  private TableCheck(Feed feed) {
    this.feed = feed;
  }

  /**
   * Makes sure that the tables of a feed are such.
   *
   * @throws DefinitionException if they are not, with everything that is wrong in its message
   */
  static void fit(Feed feed) {
    TableCheck check = new TableCheck(feed);
    feed.layout().types().forEach(check::type);
    if (!check.errors.isEmpty()) {
      String layout = feed.job().folder().locationOf(feed.source().layout());
      throw new DefinitionException(
          check.errors.stream()
              .map(error -> layout + ": " + error)
              .collect(Collectors.joining("\n")));
    }
  }

  private void type(RecordType type) {
    String table = String.valueOf(type.table());
    Map<String, Found> columns = columns(table);
    if (columns.isEmpty()) {
      errors.add("table %s does not exist".formatted(table));
      return;
    }
    Stream.of("file", "line")
        .filter(name -> !columns.containsKey(name))
        .forEach(name -> errors.add(missing(table, name) + ", which says where a row came from"));
    for (Column column : type.shape().columns()) {
      Found found = columns.get(column.name());
      String why = found == null ? missing(table, column.name()) : whyNot(table, column, found);
      if (why != null) {
        errors.add(why);
      }
    }
    errors.addAll(TableRights.lacking(feed.login(), table, feed.layout().appends()));
    if (!feed.layout().appends()) {
      errors.addAll(StagingRules.of(feed.login(), table, type));
    } else if (isUnlogged(table)) {
      errors.add(
          "table %s is UNLOGGED: a crash of the server empties it, and what is loaded stays in the ledger; ALTER TABLE %s SET LOGGED"
              .formatted(table, table));
    }
  }

  private Map<String, Found> columns(String table) {
    Map<String, Found> columns = new HashMap<>();
    feed.login()
        .jdbc()
        .sql(COLUMNS)
        .param("table", table)
        .query(
            row -> {
              columns.put(
                  row.getString("attname"),
                  new Found(
                      row.getString("base"),
                      row.getObject("scale", Integer.class),
                      row.getObject("digits", Integer.class),
                      row.getObject("length", Integer.class),
                      row.getString("type")));
            });
    return columns;
  }

  private boolean isUnlogged(String table) {
    return feed.login().jdbc().sql(UNLOGGED).param("table", table).query(Long.class).single() > 0;
  }

  private static String missing(String table, String column) {
    return "table %s has no column \"%s\"".formatted(table, column);
  }

  private @Nullable String whyNot(String table, Column column, Found found) {
    boolean fits = TEXTS.contains(found.base()) || fits(column, found.base());
    if (!fits) {
      return "column \"%s\" is a %s%s, but in table %s it is %s"
          .formatted(column.name(), column.type().label(), zone(column), table, found.type());
    }
    Integer scale = found.scale();
    boolean cut = column.type() == Column.Type.DECIMAL && scale != null && scale < column.scale();
    if (cut) {
      return "column \"%s\" has %d %s, but in table %s it is %s: the others would be lost"
          .formatted(
              column.name(),
              column.scale(),
              Plural.of(column.scale(), "decimal"),
              table,
              found.type());
    }
    TableRoom room = new TableRoom(column);
    String rounded = room.rounding(table, found);
    // What a table refuses that is appended to costs its record only.
    return rounded != null || feed.layout().appends() ? rounded : room.lacking(table, found);
  }

  private static String zone(Column column) {
    return column.type() != Column.Type.TIMESTAMP
        ? ""
        : column.isLocal() ? " of no zone (zone: none)" : " that is a moment (unless zone: none)";
  }

  private boolean fits(Column column, String base) {
    return switch (column.type()) {
      case TEXT -> feed.layout().appends();
      case INTEGER -> INTEGERS.contains(base);
      case DECIMAL -> DECIMALS.contains(base);
      case DATE -> base.equals("date") || base.equals("timestamp");
      case TIMESTAMP -> base.equals(column.isLocal() ? "timestamp" : "timestamptz");
      case BOOLEAN -> base.equals("bool");
      case UUID -> base.equals("uuid");
    };
  }
}
