package commondata.database;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.Socket;
import java.sql.SQLException;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A statement without a time limit waits for no server that is gone. */
final class KeptAliveIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @Test
  void asksAfterAMinuteOfSilence() throws IOException {
    try (Socket socket = new KeptAlive().createSocket()) {
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(60);
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(10);
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(6);
    }
  }

  @Test
  void isWhatALoginIsConnectedBy() throws SQLException {
    Login login = DATABASE.database().bulkLogin("catalog_service");

    assertThat(login.jdbc().sql("SELECT 1").query(Integer.class).single()).isEqualTo(1);
    assertThat(login.dataSource().unwrap(HikariDataSource.class).getDataSourceProperties())
        .containsEntry("tcpKeepAlive", "true")
        .containsEntry("socketFactory", KeptAlive.class.getName());
  }
}
