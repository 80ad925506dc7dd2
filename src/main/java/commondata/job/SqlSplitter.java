package commondata.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits an SQL file at the semicolons that end statements, by PostgreSQL's own lexical rules: not
 * in quotes ('..', E'..', ".."), dollar quotes ($$ or $tag$), line comments or nested block
 * comments, nor inside BEGIN ATOMIC bodies, which no job needs. On the way {@code :name} becomes a
 * JDBC parameter, and a question mark that is an operator is doubled, as the driver wants it.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical
 *     structure</a>
 */
final class SqlSplitter {

  private static final Pattern COUNTS = Pattern.compile("--\\s*counts:\\s*(\\S*)\\s*");
  private static final Pattern DOLLAR = Pattern.compile("\\$([\\p{L}_][\\p{L}\\p{N}_]*)?\\$");
  private static final Pattern PARAM = Pattern.compile(":([a-z_][a-z0-9_]*)");

  private final String location;
  private final String text;
  private final List<SqlStatement> statements = new ArrayList<>();

  private final StringBuilder sql = new StringBuilder();
  private List<String> params = new ArrayList<>();
  private SqlStatement.CountsAs counts = SqlStatement.CountsAs.WRITTEN;
  private int begin = -1;
  private int at;

  SqlSplitter(String location, String text) {
    this.location = location;
    this.text = text;
  }

  List<SqlStatement> split() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (text.startsWith("--", at)) {
        lineComment();
      } else if (text.startsWith("/*", at)) {
        blockComment();
      } else if (c == ';') {
        at++;
        end();
      } else {
        if (begin < 0 && !Character.isWhitespace(c)) {
          begin = at;
        }
        token(c);
      }
    }
    end();
    return List.copyOf(statements);
  }

  private void token(char c) {
    switch (c) {
      case '\'' -> quoted(c, isEscapeString());
      case '"' -> quoted(c, false);
      case '$' -> dollar();
      case ':' -> colon();
      case '?' -> {
        sql.append("??");
        at++;
      }
      default -> copy(1);
    }
  }

  private boolean isEscapeString() {
    boolean e = at > 0 && (text.charAt(at - 1) == 'e' || text.charAt(at - 1) == 'E');
    return e && (at == 1 || !Character.isLetterOrDigit(text.charAt(at - 2)));
  }

  private void quoted(char quote, boolean backslashes) {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      end += backslashes && text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length()) {
      throw error(at, "the quote " + quote + " is not closed");
    }
    // A doubled quote closes one string and opens the next: the text is the same.
    copy(end + 1 - at);
  }

  private void dollar() {
    Matcher tag = DOLLAR.matcher(text).region(at, text.length());
    boolean inWord = at > 0 && Character.isLetterOrDigit(text.charAt(at - 1));
    if (inWord || !tag.lookingAt()) {
      copy(1);
      return;
    }
    int end = text.indexOf(tag.group(), tag.end());
    if (end < 0) {
      throw error(at, "the dollar quote " + tag.group() + " is not closed");
    }
    copy(end + tag.group().length() - at);
  }

  private void colon() {
    if (text.startsWith("::", at)) {
      copy(2);
      return;
    }
    Matcher param = PARAM.matcher(text).region(at, text.length());
    if (!param.lookingAt()) {
      copy(1);
      return;
    }
    params.add(param.group(1));
    sql.append('?');
    at = param.end();
  }

  private void lineComment() {
    int end = text.indexOf('\n', at);
    end = end < 0 ? text.length() : end;
    Matcher declared = COUNTS.matcher(text.substring(at, end));
    if (declared.matches()) {
      counts = countsAs(declared.group(1));
    }
    at = end;
    sql.append(' ');
  }

  private SqlStatement.CountsAs countsAs(String word) {
    try {
      return SqlStatement.CountsAs.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw error(
          at, "\"counts: %s\" must be written, rejected, events or nothing".formatted(word));
    }
  }

  private void blockComment() {
    int start = at;
    int depth = 0;
    do {
      if (text.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (text.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else {
        at++;
      }
      if (at >= text.length() && depth > 0) {
        throw error(start, "the comment /* is not closed");
      }
    } while (depth > 0);
    // Its lines stay: errors are told with theirs.
    text.substring(start, at).lines().skip(1).forEach(line -> sql.append('\n'));
    sql.append(' ');
  }

  private void copy(int length) {
    sql.append(text, at, at + length);
    at += length;
  }

  private void end() {
    if (begin >= 0) {
      statements.add(new SqlStatement(sql.toString().strip(), params, counts, line(begin)));
    }
    sql.setLength(0);
    params = new ArrayList<>();
    counts = SqlStatement.CountsAs.WRITTEN;
    begin = -1;
  }

  private int line(int position) {
    return 1 + (int) text.chars().limit(position).filter(c -> c == '\n').count();
  }

  private DefinitionException error(int position, String message) {
    return new DefinitionException("%s, line %d: %s".formatted(location, line(position), message));
  }
}
