package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs a copy of the launcher in a project of its own, with a Java and a Maven made for the test.
 */
final class LauncherIT {

  private static final String SAYS_ITS_ARGUMENTS = "#!/bin/sh\necho \"$@\"\n";

  @TempDir private Path directory = Path.of("");

  private Path project = directory;
  private String options = "";

  @BeforeEach
  void copyLauncher() throws IOException {
    project = Files.createDirectory(directory.resolve("a project"));
    Files.copy(Path.of("commondata"), project.resolve("commondata"));
    Files.setPosixFilePermissions(
        project.resolve("commondata"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectory(directory.resolve("bin"));
  }

  @Test
  void namesAJavaHomeWithoutJava() throws Exception {
    Outcome outcome = launch(directory.resolve("bin"), "--version");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(outcome.text()).contains("JAVA_HOME is").contains("no bin/java in it");
  }

  @Test
  void namesAJavaThatIsTooOldAndHowToGetAnother() throws Exception {
    Outcome outcome = launch(java("11.0.2"), "--version");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(outcome.text()).contains("Java 11").contains("too old").contains("apt-get install");
  }

  @Test
  void showsWhyTheBuildFailed() throws Exception {
    Files.createFile(project.resolve("pom.xml"));
    program("mvn", "#!/bin/sh\necho '[ERROR] no such dependency'\nexit 1\n");

    Outcome outcome = launch(java("17.0.1"), "--version");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(outcome.text()).contains("no such dependency").contains("build.log");
    assertThat(project.resolve("target/.build")).doesNotExist();
  }

  @Test
  void buildsOnceAndHandsTheCommandOver() throws Exception {
    Files.createFile(project.resolve("pom.xml"));
    program("mvn", "#!/bin/sh\necho built >>builds\nmkdir -p target\n: >target/commondata.jar\n");

    launch(java("17.0.1"), "sql", "SELECT 1");
    Outcome outcome = launch(java("17.0.1"), "sql", "SELECT 1");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(outcome.text())
        .contains("-Dcommondata.project=" + project)
        .contains("-XX:TieredStopAtLevel=1")
        .endsWith("commondata.jar sql SELECT 1\n");
    assertThat(project.resolve("builds")).hasContent("built");
  }

  @Test
  void leavesTheProgramToNodesThatRunWhenItBuildsAnew() throws Exception {
    Files.createFile(project.resolve("pom.xml"));
    Path jar = Files.createDirectory(project.resolve("target")).resolve("commondata.jar");
    Files.writeString(jar, "old");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    program("mvn", "#!/bin/sh\nprintf new >target/commondata.jar\n");

    try (InputStream node = Files.newInputStream(jar)) {
      Outcome outcome = launch(java("17.0.1"), "sql", "SELECT 1");

      assertThat(outcome.text()).startsWith("Building the program anew");
      assertThat(jar).hasContent("new");
      assertThat(node.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("old");
    }
  }

  @Test
  void leavesTheCompilerToJavaForWhatRunsLong() throws Exception {
    Files.createDirectory(project.resolve("target"));
    Files.createFile(project.resolve("target/commondata.jar"));

    assertThat(launch(java("17.0.1"), "--home", "sql", "up").text())
        .doesNotContain("TieredStopAtLevel");
  }

  @Test
  void choosesTheSimplestCollectorForASmallHeapUnlessOneIsNamed() throws Exception {
    Files.createDirectory(project.resolve("target"));
    Files.createFile(project.resolve("target/commondata.jar"));

    options = "-Xmx128m";
    assertThat(launch(java("17.0.1"), "up").text()).contains("-Xmx128m -XX:+UseSerialGC");
    options = "-Xmx2048m";
    assertThat(launch(java("17.0.1"), "up").text()).doesNotContain("GC");
    options = "-Xmx128m -XX:+UseParallelGC";
    assertThat(launch(java("17.0.1"), "up").text()).doesNotContain("SerialGC");
    assertThat(launch(java("17.0.1"), "sql", "SELECT 1").text())
        .as("Java refuses to start with two")
        .doesNotContain("SerialGC");
  }

  /** What else it did would be anybody's guess. */
  @Test
  void endsANodeThatHasNoMemoryLeft() throws Exception {
    Files.createDirectory(project.resolve("target"));
    Files.createFile(project.resolve("target/commondata.jar"));

    assertThat(launch(java("17.0.1"), "--home", "sql", "up").text())
        .contains("-XX:+ExitOnOutOfMemoryError");
    assertThat(launch(java("17.0.1"), "sql", "up").text()).doesNotContain("OutOfMemory");
  }

  private Path java(String version) throws IOException {
    Path home = directory.resolve("jdk-" + version);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    executable(home.resolve("bin/java"), SAYS_ITS_ARGUMENTS);
    executable(home.resolve("bin/javac"), SAYS_ITS_ARGUMENTS);
    return home;
  }

  private void program(String name, String text) throws IOException {
    executable(directory.resolve("bin").resolve(name), text);
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome launch(Path javaHome, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(project.resolve("commondata").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("JAVA_HOME", javaHome.toString());
    environment.put("COMMONDATA_JAVA_OPTS", options);
    environment.put("PATH", directory.resolve("bin") + ":" + environment.get("PATH"));
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Outcome(process.onExit().join().exitValue(), text);
  }

  private record Outcome(int exitCode, String text) {}
}
