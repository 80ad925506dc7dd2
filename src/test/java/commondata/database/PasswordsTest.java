package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.home.SetupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PasswordsTest {

  private static final int AT_ONCE = 8;

  @TempDir private Path directory = Path.of("");

  @Test
  void generatesOnePasswordForAllWhoAskAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      Path secrets = directory.resolve("secrets");
      Callable<String> ask = () -> new GeneratedPasswords(secrets).of("order_service");
      Set<String> answers = new HashSet<>();
      for (Future<String> answer : threads.invokeAll(Collections.nCopies(AT_ONCE, ask))) {
        answers.add(answer.get());
      }

      assertThat(answers).hasSize(1);
      assertThat(answers.iterator().next()).hasSizeGreaterThan(20);
      try (var files = Files.list(secrets)) {
        assertThat(files).containsExactly(secrets.resolve("order_service"));
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void readsTheVariableBeforeTheFileBeforeTheDirectory() throws Exception {
    Path file = Files.writeString(directory.resolve("own"), "from-file\n");
    Files.writeString(directory.resolve("order_service"), "from-directory\n");
    Map<String, String> variable = Map.of("COMMONDATA_PASSWORD_ORDER_SERVICE", "from-variable");
    Map<String, String> named = Map.of("COMMONDATA_PASSWORD_ORDER_SERVICE_FILE", file.toString());
    Map<String, String> in = Map.of("COMMONDATA_PASSWORDS_DIR", directory.toString());

    assertThat(
            List.of(
                new ExternalPasswords(variable).of("order_service"),
                new ExternalPasswords(named).of("order_service"),
                new ExternalPasswords(in).of("order_service")))
        .containsExactly("from-variable", "from-file", "from-directory");
  }

  @Test
  void saysWhereItLookedForAPasswordInVain() {
    assertThatThrownBy(() -> new ExternalPasswords(Map.of()).of("order_service"))
        .isInstanceOf(SetupException.class)
        .hasMessageContaining("\"order_service\"")
        .hasMessageContaining("COMMONDATA_PASSWORD_ORDER_SERVICE")
        .hasMessageContaining("COMMONDATA_PASSWORDS_DIR");
  }
}
