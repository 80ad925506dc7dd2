package architecture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Rules that look at one line at a time. */
final class LineRules {

  private static final int WIDTH_MAX = 100;
  private static final int LINES_MAX = 500;

  /** A message stays whole, however long: it can be searched for. */
  private static final Pattern ONLY_A_LITERAL =
      Pattern.compile("\\s*(\\+ )?\"([^\"\\\\]|\\\\.)*\"[^\"]{0,12}");

  private record Ban(Pattern pattern, Predicate<SourceFile> where, String instead) {}

  private static final Map<String, Ban> BANS = new LinkedHashMap<>();

  private static void ban(String regex, Predicate<SourceFile> where, String instead) {
    BANS.put(regex, new Ban(Pattern.compile(regex), where, instead));
  }

  static {
    // The rules' own samples are no findings.
    Predicate<SourceFile> java =
        file -> file.is(".java") && !file.is("LineRules.java") && !file.is("TidyTest.java");
    Predicate<SourceFile> code = java.or(file -> file.is(".sql") || file.is(".yaml"));
    Predicate<SourceFile> outsideCli = code.and(file -> !file.isIn("src/main/java/musiccorp/cli/"));
    Predicate<SourceFile> main = java.and(file -> file.isIn("src/main"));
    Predicate<SourceFile> tests = java.and(file -> file.isIn("src/test"));
    Predicate<SourceFile> ddl = file -> file.is(".sql") && !file.isIn("db/migration/quartz");
    ban("\\b(TODO|FIXME)\\b", code, "finish it, or write it down elsewhere");
    ban("\\bDLQ\\b", code, "say dead letter");
    ban("SELECT \\*", outsideCli.and(file -> !file.isIn("src/test")), "name the columns");
    ban("\\.printStackTrace\\(", outsideCli, "log it or let it go up");
    ban("@Disabled|@Ignore", tests, "mend the test or take it out");
    ban("jupiter\\.api\\.Assertions|org\\.hamcrest", tests, "assert with AssertJ");
    ban("Thread\\.sleep\\(", tests, "tick by hand, or wait with Awaitility");
    ban(
        "(?i)\\bvarchar\\b|\\b(big|small)?serial\\b|\\bmoney\\b *(,|NOT)",
        ddl,
        "see the style guide");
    ban(
        "(?i)timestamp without time zone|\\btimestamp\\b +(NOT|NULL|DEFAULT)",
        ddl,
        "use timestamptz");
    ban(
        "(class|record|interface|enum) \\w*(Manager|Helper|Utils?|Impl)\\b",
        main,
        "say what it is");
    ban("^\\s*///", java, "use /** */: /// is a plain comment on JDK 17");
    ban("^import (static )?[\\w.]+\\.\\*;", java, "import what is used");
  }

  private LineRules() {}

  static List<Finding> check(SourceFile file) {
    List<Finding> findings = new ArrayList<>();
    List<String> lines = file.lines();
    for (int i = 0; i < lines.size(); i++) {
      checkLine(file, i + 1, lines.get(i), findings);
    }
    if ((file.is(".java") || file.is(".sql")) && lines.size() > LINES_MAX) {
      findings.add(file.finding(LINES_MAX, lines.size() + " lines, more than " + LINES_MAX));
    }
    if (!file.text().isEmpty() && !file.text().endsWith("\n")) {
      findings.add(file.finding(lines.size(), "the last line does not end"));
    }
    return findings;
  }

  private static void checkLine(SourceFile file, int number, String line, List<Finding> findings) {
    if (isWrappedByHand(file) && isTooWide(line)) {
      findings.add(file.finding(number, line.length() + " columns, more than " + WIDTH_MAX));
    }
    if (line.contains("\t")) {
      findings.add(file.finding(number, "tab"));
    }
    if (line.endsWith(" ") || line.endsWith("\r")) {
      findings.add(file.finding(number, "blank at the end"));
    }
    for (Ban ban : BANS.values()) {
      if (ban.where.test(file) && ban.pattern.matcher(line).find()) {
        findings.add(
            file.finding(number, "\"%s\": %s".formatted(found(ban.pattern, line), ban.instead)));
      }
    }
  }

  private static boolean isWrappedByHand(SourceFile file) {
    return file.is(".java") || file.is(".sql") || file.is("job.yaml");
  }

  private static boolean isTooWide(String line) {
    return line.codePointCount(0, line.length()) > WIDTH_MAX
        && !line.contains("://")
        && !line.startsWith("import ")
        && !ONLY_A_LITERAL.matcher(line).matches();
  }

  private static String found(Pattern pattern, String line) {
    var matcher = pattern.matcher(line);
    return matcher.find() ? matcher.group().strip() : "";
  }
}
