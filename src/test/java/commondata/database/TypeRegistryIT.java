package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.contract.Contract;
import commondata.contract.PayloadSchema;
import commondata.home.SetupException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

final class TypeRegistryIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String SCHEMA =
      """
      {"type": "object",
       "required": ["id"],
       "properties": {
         "id": {"type": "string"},
         "email": {"type": "string", "x-personal": true},
         "to": {"type": "object",
                "properties": {"street": {"type": "string", "x-personal": true}}},
         "lines": {"type": "array",
                   "items": {"type": "object",
                             "properties": {"engraving": {"type": "string",
                                                          "x-personal": true}}}}}}
      """;

  @Test
  void thePackedContractIsRegistered() {
    List<String> packed =
        Contract.packed().schemas().stream().map(PayloadSchema::toString).toList();

    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT type || ' v' || version FROM commondata.event_type")
                .query(String.class)
                .list())
        .containsAll(packed);
    assertThat(packed).hasSizeGreaterThan(20);
  }

  @Test
  void registersOnceAndKnowsThePersonalFields() throws SQLException {
    Contract contract = Contract.of(List.of(Contract.read("a.once.v1.json", SCHEMA)));

    assertThat(register(contract)).isEqualTo(1);
    assertThat(register(contract)).isZero();
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT personal_fields FROM commondata.event_type WHERE type = 'a.once'")
                .query((row, n) -> List.of((String[]) row.getArray(1).getArray()))
                .single())
        .containsExactly("/email", "/lines/*/engraving", "/to/street");
  }

  @Test
  void refusesToChangeAVersionThatIsInTheLog() throws SQLException {
    register(Contract.of(List.of(Contract.read("a.changed.v1.json", SCHEMA))));
    Contract changed =
        Contract.of(
            List.of(
                Contract.read(
                    "a.changed.v1.json", SCHEMA.replace("[\"id\"]", "[\"id\", \"total\"]"))));

    assertThatThrownBy(() -> register(changed))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining(
            "contract/a.changed.v1.json: field \"total\" is new and required, but payloads of"
                + " a.changed v1 lack it.");
  }

  @Test
  void takesAChangeOfWordsOrMarks() throws SQLException {
    register(Contract.of(List.of(Contract.read("a.worded.v1.json", SCHEMA))));
    String marked =
        SCHEMA.replace(
            "\"id\": {\"type\": \"string\"}",
            "\"id\": {\"type\": \"string\", \"description\": \"Its name\", \"x-personal\": true}");

    assertThat(register(Contract.of(List.of(Contract.read("a.worded.v1.json", marked)))))
        .isEqualTo(1);
  }

  private static int register(Contract contract) throws SQLException {
    try (Connection owner =
        DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password())) {
      return new TypeRegistry(owner).register(contract);
    }
  }
}
