package docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Migrator;
import commondata.operate.Operate;
import commondata.operate.TraceEntry;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/**
 * Does what docs/how-to/lift-the-kit.md says: a program of the page's sources and what it copies,
 * compiled and run without the rest of this repository.
 */
final class LiftTheKitIT {

  private static final String PAGE = Markdown.read("docs/how-to/lift-the-kit.md").text();
  private static final Pattern SOURCE =
      Pattern.compile("(?s)```(?:java|sql)\n(?://|--) (src/\\S+)\n(.*?)```");
  private static final Pattern COPY = Pattern.compile("(?s)```sh\n(mkdir .*?)```");
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Duration LONGEST = Duration.ofMinutes(3);
  private static final Pattern LOGIN =
      Pattern.compile("`(commondata_(?:owner|node|console|operator|quartz)|shop_service)`");

  private final TestDatabase database = TestDatabase.empty();

  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void open() {
    database.open();
    database.superuser().sql("DROP ROLE IF EXISTS shop_service").update();
  }

  @AfterEach
  void leaveNoLogin() {
    database.superuser().sql("DROP OWNED BY shop_service").update();
    database.superuser().sql("DROP ROLE shop_service").update();
    database.close();
  }

  @Test
  void theKitAndThePageAreAProgram() throws Exception {
    copy();
    assertThat(write()).hasSize(4);
    Path classes = compile();
    Path log = directory.resolve("log");
    Process shop = start(classes, log);
    try {
      await()
          .atMost(LONGEST)
          .until(() -> PORT.matcher(Files.readString(log)).find() || !shop.isAlive());
      Matcher port = PORT.matcher(Files.readString(log));
      assertThat(port.find()).as(Files.readString(log)).isTrue();
      order(Integer.parseInt(port.group(1)));
      await()
          .atMost(LONGEST)
          .until(() -> strings("SELECT order_id FROM shop.parcel").equals(List.of("o-1")));
    } finally {
      shop.destroy();
      shop.onExit().join();
    }

    assertThat(trace()).containsExactly("event shop.ordered", "receipt shop.ordered");
  }

  @Test
  void aTraceThatTheProgramMadeItsOwnStays() throws Exception {
    copy();
    write();
    migrate();
    database
        .superuser()
        .sql(
            """
            CREATE OR REPLACE VIEW commondata.trace AS
            SELECT * FROM commondata.trace_log WHERE false
            """)
        .update();
    Path view = migrations().resolve("commondata/views/R__commondata_trace.sql");
    Files.writeString(view, Files.readString(view) + "-- a later version\n");

    assertThat(migrate()).isOne();

    assertThat(strings("SELECT pg_get_viewdef('commondata.trace'::regclass)"))
        .singleElement()
        .asString()
        .contains("false");
  }

  private int migrate() {
    return new Migrator(
            database.url(),
            database.owner(),
            login -> database.password(),
            "filesystem:" + migrations())
        .migrate()
        .migrations();
  }

  private Path migrations() {
    return directory.resolve("src/main/resources/db/migration");
  }

  private void copy() throws IOException, InterruptedException {
    Matcher block = COPY.matcher(PAGE);
    assertThat(block.find()).isTrue();
    ProcessBuilder shell = new ProcessBuilder("sh", "-e", "-c", block.group(1)).inheritIO();
    shell.environment().put("MINE", directory.toString());
    assertThat(shell.start().waitFor()).isZero();
  }

  private List<Path> write() throws IOException {
    List<Path> written = new ArrayList<>();
    Matcher source = SOURCE.matcher(PAGE);
    while (source.find()) {
      Path file = directory.resolve(source.group(1));
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      written.add(Files.writeString(file, source.group(2)));
    }
    return written;
  }

  /** With the libraries of this repository, and nothing that is compiled in it. */
  private Path compile() throws IOException {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    Path classes = Files.createDirectory(directory.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-nowarn",
                "-proc:none",
                "-parameters",
                "-cp",
                libraries(),
                "-d",
                classes.toString()));
    try (Stream<Path> files = Files.walk(directory.resolve("src/main/java"))) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
    return classes;
  }

  private static String libraries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Process start(Path classes, Path log) throws IOException {
    Path passwords = Files.createDirectory(directory.resolve("passwords"));
    Set<String> logins = new TreeSet<>();
    Matcher named = LOGIN.matcher(PAGE);
    while (named.find()) {
      logins.add(named.group(1));
    }
    assertThat(logins).hasSize(6);
    // All databases of a server have the same logins: here, of other tests.
    logins.addAll(strings("SELECT rolname FROM pg_roles WHERE rolcanlogin"));
    for (String login : logins) {
      Files.writeString(passwords.resolve(login), database.password());
    }
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                String.join(
                    File.pathSeparator,
                    classes.toString(),
                    directory.resolve("src/main/resources").toString(),
                    libraries()),
                "shop.Shop",
                "--server.port=0")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    java.environment().put("SHOP_DATABASE", database.url());
    java.environment().put("COMMONDATA_PASSWORDS_DIR", passwords.toString());
    return java.start();
  }

  private static void order(int port) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/orders?id=o-1"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private List<String> strings(String sql) {
    return database.superuser().sql(sql).query(String.class).list();
  }

  private List<String> trace() {
    List<TraceEntry> entries =
        new Operate(database.login(Operate.READER), () -> database.login(Operate.OPERATOR))
            .trace("o-1");
    return entries.stream().map(entry -> entry.what() + " " + entry.name()).toList();
  }
}
