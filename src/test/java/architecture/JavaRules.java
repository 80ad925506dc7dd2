package architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Rules that need to understand Java: how long a method is, what SQL a text holds. */
final class JavaRules {

  private static final int METHOD_LINES_MAX = 70;

  private static final Pattern SQL =
      Pattern.compile("^\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO)\\s");
  private static final Pattern TABLE =
      Pattern.compile("\\b(?:FROM|JOIN|INTO|UPDATE)\\s+(?:ONLY\\s+)?([a-z_]+)\\.[a-z_]+");

  /** Renderings hold no SQL: they call the facade that does. */
  private static final List<String> WITHOUT_SQL =
      List.of("musiccorp/cli/", "musiccorp/contract/", "commondata/home/");

  /** They look at a server that may not be migrated yet, where the facade can't work. */
  private static final List<String> BEFORE_MIGRATION =
      List.of("cli/ServerChecks.java", "cli/WarmUpCommand.java");

  private static final Set<String> SERVICE_SCHEMAS =
      Set.of(
          "orders",
          "payment",
          "fraud",
          "warehouse",
          "shipping",
          "notification",
          "customer",
          "catalog",
          "reporting");
  private static final Set<String> NO_SERVICE = Set.of("cli", "demo", "bench", "chaos", "contract");

  private final List<Finding> findings = new ArrayList<>();

  private JavaRules() {}

  static List<Finding> check(List<SourceFile> files) {
    JavaRules rules = new JavaRules();
    rules.scan(files);
    return rules.findings;
  }

  private void scan(List<SourceFile> files) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, SourceFile> byPath =
        files.stream().collect(Collectors.toMap(file -> "/" + file.path(), file -> file));
    List<InMemory> sources = files.stream().map(InMemory::new).toList();
    JavacTask task =
        (JavacTask)
            compiler.getTask(null, null, diagnostic -> {}, List.of("-proc:none"), null, sources);
    SourcePositions positions = Trees.instance(task).getSourcePositions();
    try {
      for (CompilationUnitTree unit : task.parse()) {
        SourceFile file =
            Objects.requireNonNull(byPath.get(unit.getSourceFile().toUri().getPath()));
        new Scanner(file, unit, positions).scan(unit, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final SourceFile file;
    private final CompilationUnitTree unit;
    private final SourcePositions positions;

    Scanner(SourceFile file, CompilationUnitTree unit, SourcePositions positions) {
      this.file = file;
      this.unit = unit;
      this.positions = positions;
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
      if (method.getBody() != null) {
        long first = line(positions.getStartPosition(unit, method.getBody()));
        long last = line(positions.getEndPosition(unit, method.getBody()));
        if (last - first - 1 > METHOD_LINES_MAX) {
          findings.add(
              file.finding(
                  (int) first,
                  "method %s has %d lines, more than %d"
                      .formatted(method.getName(), last - first - 1, METHOD_LINES_MAX)));
        }
      }
      return super.visitMethod(method, null);
    }

    @Override
    public @Nullable Void visitLiteral(LiteralTree literal, @Nullable Void unused) {
      if (literal.getValue() instanceof String text && SQL.matcher(text).find()) {
        checkSql(file, text, (int) line(positions.getStartPosition(unit, literal)));
      }
      return super.visitLiteral(literal, null);
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }
  }

  private void checkSql(SourceFile file, String sql, int line) {
    if (!file.isIn("src/main/java/")) {
      return;
    }
    if (WITHOUT_SQL.stream().anyMatch(room -> file.isIn("src/main/java/" + room))
        && BEFORE_MIGRATION.stream().noneMatch(file::is)) {
      findings.add(file.finding(line, "SQL outside its room: ask commondata.operate or a service"));
    }
    String own = ownSchema(file);
    if (own.isEmpty()) {
      return;
    }
    Matcher tables = TABLE.matcher(sql);
    while (tables.find()) {
      String schema = tables.group(1);
      if (SERVICE_SCHEMAS.contains(schema) && !schema.equals(own)) {
        findings.add(
            file.finding(
                line, "SQL names \"%s\": read published, publish events".formatted(schema)));
      }
    }
  }

  /** Schema of the service the file belongs to, empty if it is no service. */
  private static String ownSchema(SourceFile file) {
    Matcher service = Pattern.compile("src/main/java/musiccorp/([a-z]+)/").matcher(file.path());
    if (!service.find() || NO_SERVICE.contains(service.group(1))) {
      return "";
    }
    // ORDER is a word of SQL: the one exception to "the same word everywhere".
    return service.group(1).equals("order") ? "orders" : service.group(1).toLowerCase(Locale.ROOT);
  }

  private static final class InMemory extends SimpleJavaFileObject {

    private final SourceFile file;

    InMemory(SourceFile file) {
      super(URI.create("string:///" + file.path()), Kind.SOURCE);
      this.file = file;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return file.text();
    }
  }
}
