package commondata.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomeTest {

  @TempDir private Path directory = Path.of("");

  @Test
  void takesTheOneGivenBeforeTheVariableBeforeTheProject() {
    Map<String, String> variable = Map.of("COMMONDATA_HOME", "/variable");

    assertThat(Home.locate(Path.of("/given"), variable, directory).path()).hasToString("/given");
    assertThat(Home.locate(null, variable, directory).path()).hasToString("/variable");
    assertThat(Home.locate(null, Map.of(), directory).path())
        .isEqualTo(directory.resolve(".commondata"));
  }

  @Test
  void isForItsOwnerOnly() throws Exception {
    Home home = new Home(directory.resolve("a/home")).create();

    assertThat(Files.getPosixFilePermissions(home.secrets()))
        .containsExactlyInAnyOrder(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    assertThat(home.create()).isEqualTo(home);
  }

  @Test
  void namesAFileThatIsInItsWay() throws Exception {
    Path file = Files.createFile(directory.resolve("home"));

    assertThatThrownBy(() -> new Home(file).create())
        .isInstanceOf(SetupException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("--home");
  }
}
