package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What docs/how-to/debezium.md says of the log is true of the log. */
final class DebeziumIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final Markdown GUIDE = Markdown.read("docs/how-to/debezium.md");

  @Test
  void namesColumnsOfTheOutboxWithTheTypesThatTheRouterNeeds() throws IOException {
    Properties connector = new Properties();
    connector.load(new StringReader(block("properties")));

    assertThat(typeOf(connector, "table.field.event.id")).isEqualTo("uuid");
    assertThat(typeOf(connector, "table.field.event.key")).isEqualTo("text");
    assertThat(typeOf(connector, "table.field.event.payload")).isEqualTo("jsonb");
    assertThat(typeOf(connector, "route.by.field")).isEqualTo("text");
    List<String> additional = new ArrayList<>();
    String placements =
        connector.getProperty("transforms.outbox.table.fields.additional.placement");
    for (String placement : placements.split(",", -1)) {
      additional.add(placement.split(":", -1)[0]);
    }
    assertThat(additional).hasSize(6).allSatisfy(column -> assertThat(typeOf(column)).isNotEmpty());
  }

  @Test
  void makesAPublicationThatShowsAllDaysAsOneTable() {
    DATABASE.superuser().sql(block("sql").replace(";", "")).update();

    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT schemaname || '.' || tablename
                    FROM pg_publication_tables
                    WHERE pubname = 'commondata_outbox'
                    """)
                .query(String.class)
                .list())
        .containsExactly("commondata.outbox");
  }

  private static String typeOf(Properties connector, String option) {
    return typeOf(String.valueOf(connector.getProperty("transforms.outbox." + option)));
  }

  private static String typeOf(String column) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT coalesce(max(data_type), '')
            FROM information_schema.columns
            WHERE table_schema = 'commondata'
              AND table_name = 'outbox'
              AND column_name = :column
            """)
        .param("column", column)
        .query(String.class)
        .single();
  }

  private static String block(String language) {
    String text = GUIDE.text();
    int start = text.indexOf("```" + language + "\n") + language.length() + 4;
    return text.substring(start, text.indexOf("```", start)).stripIndent();
  }
}
