package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CarrierTest {

  private static final String SHIPPED = "tracking-manifest-2026-03-02-7-1-shipped.csv";
  private static final String DELIVERED = "tracking-manifest-2026-03-02-7-2-delivered.csv";

  private Path answers;
  private Path manifests;
  private DropBox drop;
  private Carrier carrier;

  @BeforeEach
  void aManifest(@TempDir Path home) throws IOException {
    answers = home.resolve("carrier-tracking");
    manifests = home.resolve("carrier-manifest");
    Files.createDirectories(manifests.resolve("outgoing"));
    Files.writeString(
        manifests.resolve("outgoing/manifest-2026-03-02-7.csv"),
        """
        tracking_no,order_id,recipient,street,city,postal_code,country
        TN-1,D1-1,"O'Rourke, Paddy",Quay 3,Galway,,Ireland
        TN-2,D1-2,Zoë,Rue 1,Lyon,69000,France
        #TRAILER,2
        """);
    drop = new DropBox(home);
    carrier = new Carrier(drop);
  }

  @Test
  void saysFirstThatParcelsAreOnTheirWay() {
    carrier.look();

    assertThat(answers.resolve("incoming").resolve(SHIPPED))
        .hasContent(
            """
            tracking_no,status,status_on
            TN-1,SHIPPED,2026-03-02
            TN-2,SHIPPED,2026-03-02
            #TRAILER,2
            """);
    assertThat(answers.resolve("incoming").resolve(DELIVERED)).doesNotExist();
  }

  @Test
  void waitsUntilTheFirstAnswerWasTaken() throws IOException {
    carrier.look();
    Files.createDirectories(answers.resolve("claimed/12"));
    Files.move(
        answers.resolve("incoming").resolve(SHIPPED),
        answers.resolve("claimed/12").resolve(SHIPPED));

    carrier.look();

    assertThat(answers.resolve("incoming")).isEmptyDirectory();
    assertThat(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack")).doesNotExist();
  }

  @Test
  void saysThenThatParcelsHaveArrivedAndAcknowledges() throws IOException {
    carrier.look();
    archive(SHIPPED);

    carrier.look();

    assertThat(answers.resolve("incoming").resolve(DELIVERED))
        .content()
        .contains("TN-1,DELIVERED,2026-03-03", "TN-2,DELIVERED,2026-03-03");
    assertThat(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack")).isEmptyFile();
    assertThat(manifests.resolve("outgoing/manifest-2026-03-02-7.csv")).exists();
  }

  @Test
  void doesNotRepeatAnAnswerAfterItWasStoppedBetweenTwoSteps() throws IOException {
    carrier.look();
    archive(SHIPPED);
    carrier.look();
    archive(DELIVERED);
    Files.delete(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack"));

    new Carrier(drop).look();

    assertThat(answers.resolve("incoming")).isEmptyDirectory();
    assertThat(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack")).exists();
  }

  @Test
  void leavesAManifestAloneThatItHasAcknowledged() throws IOException {
    Files.writeString(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack"), "taken");

    carrier.look();

    assertThat(answers.resolve("incoming")).doesNotExist();
    assertThat(manifests.resolve("outgoing/manifest-2026-03-02-7.csv.ack")).hasContent("taken");
  }

  private void archive(String name) throws IOException {
    Path day = Files.createDirectories(answers.resolve("archive/2026/03/02"));
    Files.move(answers.resolve("incoming").resolve(name), day.resolve("12-" + name));
  }
}
