package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SqlScriptTest {

  private static List<SqlStatement> split(String text) {
    return SqlScript.parse("check.sql", text).statements();
  }

  @Test
  void splitsAtSemicolonsOutsideOfQuotesAndComments() {
    List<SqlStatement> statements =
        split(
            """
            -- first; not two
            SELECT 'a;b', "c;d", E'it\\'s;', $$;$$, $x$ $$;$$ $x$ /* ; /* ; */ ; */;
            SELECT 2
            """);

    assertThat(statements).hasSize(2);
    assertThat(statements.get(0).sql()).contains("'a;b'", "\"c;d\"", "$x$ $$;$$ $x$");
    assertThat(statements.get(0).line()).isEqualTo(2);
    assertThat(statements.get(1).sql()).isEqualTo("SELECT 2");
    assertThat(statements.get(1).line()).isEqualTo(3);
  }

  @Test
  void makesNamedParametersToPlaceholders() {
    SqlStatement statement =
        split("SELECT :run_id::bigint, ':no', a[1:2], x ? 'y', :run_id -- :no").get(0);

    assertThat(statement.sql()).isEqualTo("SELECT ?::bigint, ':no', a[1:2], x ?? 'y', ?");
    assertThat(statement.params()).containsExactly("run_id", "run_id");
  }

  @Test
  void readsWhatAStatementCountsAs() {
    List<SqlStatement> statements =
        split(
            """
            -- counts: events
            SELECT 1;
            SELECT 2;
            -- counts: nothing
            SELECT 3;
            """);

    assertThat(statements)
        .extracting(SqlStatement::counts)
        .containsExactly(
            SqlStatement.CountsAs.EVENTS,
            SqlStatement.CountsAs.WRITTEN,
            SqlStatement.CountsAs.NOTHING);
  }

  @Test
  void saysWhereAQuoteIsNotClosed() {
    assertThatThrownBy(() -> split("SELECT 1;\nSELECT 'a"))
        .isInstanceOf(DefinitionException.class)
        .hasMessage("check.sql, line 2: the quote ' is not closed");
    assertThatThrownBy(() -> split("SELECT $a$ $b$"))
        .hasMessageContaining("the dollar quote $a$ is not closed");
    assertThatThrownBy(() -> split("/* /* */ SELECT 1"))
        .hasMessageContaining("the comment /* is not closed");
  }

  @Test
  void refusesAWordThatCountsCanNotBe() {
    assertThatThrownBy(() -> split("-- counts: rows\nSELECT 1"))
        .hasMessageContaining("line 1: \"counts: rows\" must be written, rejected, events");
  }

  @Test
  void refusesAFileWithoutAStatement() {
    assertThatThrownBy(() -> split("-- nothing\n;\n"))
        .hasMessageContaining("there is no SQL statement in the file");
  }

  @Test
  void namesAParameterThatIsNotKnown() {
    SqlScript script = SqlScript.parse("merge.sql", "SELECT 1;\nSELECT :busines_date");

    assertThatThrownBy(() -> script.requireParams(Set.of("business_date", "run_id")))
        .hasMessage(
            "merge.sql, line 2: parameter \":busines_date\" is not known;"
                + " did you mean \":business_date\"?");
  }
}
