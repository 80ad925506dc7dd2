package commondata.feed;

import commondata.job.SqlScript;
import commondata.job.SqlStatement;
import commondata.job.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statements that look into staging without saying of which file. Most of the time the rows of one
 * file are alone there; but those of a large one that is loaded in part, because its node died,
 * stay there while the files behind it are loaded. Such a statement would load them with another
 * file, and again with their own.
 */
final class ForeignRows {

  private static final Logger LOG = LoggerFactory.getLogger(ForeignRows.class);
  private static final String FILE = "file_id";

  private ForeignRows() {}

  /** Says so once for each: what a statement means by it, nobody can know before it runs. */
  static void warn(Feed feed) {
    for (String sentence : of(feed)) {
      LOG.warn("{}: {}", feed.name(), sentence);
    }
  }

  /** A sentence for each statement of a check or a step that does the work. */
  static List<String> of(Feed feed) {
    List<String> sentences = new ArrayList<>();
    if (feed.layout().appends()) {
      // Its own rows must be held against those that are there.
      return sentences;
    }
    for (Step step : feed.job().steps()) {
      if (step instanceof Step.Check check) {
        add(sentences, feed, check.script());
      } else if (step instanceof Step.Sql sql) {
        add(sentences, feed, sql.script());
      }
    }
    return sentences;
  }

  private static void add(List<String> sentences, Feed feed, SqlScript script) {
    for (SqlStatement statement : script.statements()) {
      for (String table : feed.layout().tables()) {
        if (!statement.params().contains(FILE) && names(statement.sql(), table)) {
          sentences.add(
              "%s, line %d: names %s without \":%s\", and may meet rows of other files there: add WHERE file = :%s"
                  .formatted(script.location(), statement.line(), table, FILE, FILE));
        }
      }
    }
  }

  private static boolean names(String sql, String table) {
    return Pattern.compile(
            "(?<![\\w.])" + Pattern.quote(table) + "(?![\\w.])", Pattern.CASE_INSENSITIVE)
        .matcher(sql)
        .find();
  }
}
