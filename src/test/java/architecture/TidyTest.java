package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tidy test: what no compiler finds and no reviewer should have to. */
final class TidyTest {

  private static final List<SourceFile> FILES = SourceFile.all();

  @Test
  void linesAreTidy() {
    List<Finding> findings = new ArrayList<>();
    FILES.forEach(file -> findings.addAll(LineRules.check(file)));
    assertNothingIn(findings);
  }

  @Test
  void methodsAreShortAndSqlIsInItsRoom() {
    assertNothingIn(JavaRules.check(FILES.stream().filter(file -> file.is(".java")).toList()));
  }

  @Test
  void everyFileHasItsPlaceAndItsUse() {
    assertNothingIn(LayoutRules.check(FILES));
  }

  @Test
  void looksAtTheWholeRepository() {
    assertThat(FILES)
        .extracting(SourceFile::path)
        .contains("pom.xml", "src/test/java/architecture/TidyTest.java")
        .anyMatch(path -> path.startsWith("db/migration/"))
        .anyMatch(path -> path.startsWith("src/main/java/commondata/"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          src/main/java/a/A.java | class A {} // TO-DO later                  | finish it
          src/main/java/a/A.java | String s = "SELECT * FROM a.b";            | name the columns
          src/main/java/a/A.java | final class OrderManager {}                | say what it is
          src/main/java/a/A.java | import java.util.*;                        | import what is used
          src/test/java/a/A.java | Thread.sleep(5);                           | tick by hand
          db/migration/V1__a.sql | CREATE TABLE a.b (c VARCHAR(10));          | style guide
          db/migration/V1__a.sql | CREATE TABLE a.b (c timestamp NOT NULL);   | use timestamptz
          """)
  void findsABadLine(String path, String line, String message) {
    SourceFile file = new SourceFile(path, line.replace("TO-DO", "TO" + "DO") + "\n");

    assertThat(LineRules.check(file)).singleElement().asString().contains(path + ":1: ", message);
  }

  @Test
  void findsAWideLineButNotAWideMessage() {
    SourceFile wide = new SourceFile("src/main/java/a/A.java", "int a = 1;".repeat(11) + "\n");
    SourceFile message =
        new SourceFile("src/main/java/a/A.java", "    \"" + "word ".repeat(30) + "\",\n");

    assertThat(LineRules.check(wide)).singleElement().asString().contains("110 columns");
    assertThat(LineRules.check(message)).isEmpty();
  }

  @Test
  void findsALongMethod() {
    SourceFile file =
        new SourceFile(
            "src/main/java/a/A.java",
            "class A {\n  void a() {\n" + "    a();\n".repeat(71) + "  }\n}\n");

    assertThat(JavaRules.check(List.of(file)))
        .singleElement()
        .asString()
        .contains("a has 71 lines");
  }

  @Test
  void findsSqlInTheWrongRoom() {
    SourceFile rendering =
        new SourceFile(
            "src/main/java/musiccorp/cli/A.java",
            "class A { String s = \"SELECT a FROM commondata.run\"; }\n");
    SourceFile neighbour =
        new SourceFile(
            "src/main/java/musiccorp/order/A.java",
            "class A { String s = \"SELECT a FROM payment.payment\"; }\n");

    assertThat(JavaRules.check(List.of(rendering))).singleElement().asString().contains("its room");
    assertThat(JavaRules.check(List.of(neighbour)))
        .singleElement()
        .asString()
        .contains("\"payment\"");
  }

  @Test
  void findsWhatHasNoPlaceOrNoUse() {
    List<SourceFile> files =
        List.of(
            new SourceFile("src/main/java/a/Unused.java", "package a;\n\nclass Unused {}\n"),
            new SourceFile("batch-jobs/b/job.yaml", "id: b\n"),
            new SourceFile("batch-jobs/b/merge.sql", "DELETE FROM a.b;\n"));

    assertThat(LayoutRules.check(files))
        .extracting(Finding::what)
        .containsExactlyInAnyOrder(
            "package without package-info.java",
            "job without README.md",
            "job without cases/",
            "nobody uses Unused",
            "job.yaml does not name it");
  }

  private static void assertNothingIn(List<Finding> findings) {
    assertThat(findings)
        .withFailMessage(
            () -> "%d findings:%n%s".formatted(findings.size(), String.join("\n", texts(findings))))
        .isEmpty();
  }

  private static List<String> texts(List<Finding> findings) {
    return findings.stream().map(Finding::toString).toList();
  }
}
