package commondata.database;

import commondata.contract.Compatibility;
import commondata.contract.Contract;
import commondata.contract.PayloadSchema;
import commondata.home.SetupException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings the packed contract into {@code commondata.event_type}. A schema that is registered
 * already may change in words only, or by an optional field: events of its version lie in the log.
 */
final class TypeRegistry {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Connection connection;

  TypeRegistry(Connection connection) {
    this.connection = connection;
  }

  /** Registers each type and version; returns how many were new or changed. */
  int register(Contract contract) throws SQLException {
    List<String> errors = new ArrayList<>();
    for (PayloadSchema schema : contract.schemas()) {
      PayloadSchema registered = registered(schema);
      if (registered != null) {
        errors.addAll(Compatibility.problems(registered, schema));
      }
    }
    if (!errors.isEmpty()) {
      throw new SetupException(String.join("\n", errors));
    }
    return registerAll(contract.schemas());
  }

  private @Nullable PayloadSchema registered(PayloadSchema wanted) throws SQLException {
    String sql =
        """
        SELECT t.schema
        FROM commondata.event_type AS t
        WHERE t.type = ?
          AND t.version = ?
          AND t.schema IS NOT NULL
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, wanted.type());
      statement.setInt(2, wanted.version());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new PayloadSchema(
                wanted.type(),
                wanted.version(),
                "commondata.event_type",
                JSON.readTree(row.getString("schema")))
            : null;
      }
    }
  }

  private int registerAll(List<PayloadSchema> schemas) throws SQLException {
    String sql =
        """
        SELECT count(*) FILTER (
            WHERE commondata.register_type(c.type, c.version, CAST(c.schema AS jsonb))
        )
        FROM unnest(?, ?, ?) AS c (type, version, schema)
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(1, texts(schemas.stream().map(PayloadSchema::type).toArray()));
      statement.setArray(
          2,
          connection.createArrayOf("int4", schemas.stream().map(PayloadSchema::version).toArray()));
      statement.setArray(
          3, texts(schemas.stream().map(schema -> schema.schema().toString()).toArray()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  private java.sql.Array texts(Object[] values) throws SQLException {
    return connection.createArrayOf("text", values);
  }
}
