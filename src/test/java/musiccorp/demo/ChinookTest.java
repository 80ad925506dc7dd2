package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChinookTest {

  @TempDir Path folder;

  @BeforeEach
  void aSmallStore() throws IOException {
    write(
        "tracks.csv",
        """
        track_id,name,album,artist,genre,unit_price
        1,"Ça, ""va\""",A,B,Rock,0.99
        """);
    write(
        "customers.csv",
        """
        customer_id,first_name,last_name,email,address,city,state,postal_code,country
        7,Luís,Gonçalves,l@example.org,"Rua 1, 2",São José,SP,,Brazil
        """);
    write("invoices.csv", "invoice_id,customer_id,invoice_date,total\n5,7,2021-01-01,1.98\n");
    write("invoice_lines.csv", "invoice_id,track_id,unit_price,quantity\n5,1,0.99,2\n");
  }

  @Test
  void turnsInvoicesIntoOneStoreFileABusinessDate() {
    Story story = Chinook.read(folder);

    assertThat(story.firstWave())
        .containsExactly(
            new FeedFile(
                "store-orders",
                "store-orders-chinook-2021-01-01.csv",
                """
                order_no,customer_id,order_date,sku,quantity,payment_method
                INV-5,C-7,2021-01-01,T-1,2,card-ok
                #TRAILER,1,2
                """));
    assertThat(story.planned()).isEqualTo(new Totals(1, 1, new BigDecimal("1.98")));
  }

  @Test
  void keepsAccentsCommasAndQuotes() {
    Story story = Chinook.read(folder);

    assertThat(story.masterData().get(0).text())
        .endsWith("\nT-1,\"Ça, \"\"va\"\"\",B,A,Rock,0.99,\n");
    assertThat(story.masterData().get(1).text())
        .endsWith("\nC-7,Luís Gonçalves,l@example.org,\"Rua 1, 2\",\"São José, SP\",,Brazil\n");
  }

  @Test
  void namesMissingFolder() {
    assertRefused(folder.resolve("nowhere"), 3, "nowhere\" does not exist");
  }

  @Test
  void namesMissingFile() throws IOException {
    Files.delete(folder.resolve("invoices.csv"));

    assertRefused(folder, 3, "has no file \"invoices.csv\"");
  }

  @Test
  void namesMissingColumn() throws IOException {
    write("invoices.csv", "invoice_id,customer,invoice_date,total\n5,7,2021-01-01,1.98\n");

    assertRefused(folder, 2, "has no column \"customer_id\"");
  }

  @Test
  void namesLineWithWrongNumber() throws IOException {
    write("invoice_lines.csv", "invoice_id,track_id,unit_price,quantity\n5,1,0.99,two\n");

    assertRefused(folder, 2, "\"invoice_lines.csv\", line 2: a number or a date is expected");
  }

  @Test
  void namesInvoiceWhoseLinesDoNotAddUp() throws IOException {
    write("invoice_lines.csv", "invoice_id,track_id,unit_price,quantity\n5,1,0.99,1\n");

    assertRefused(folder, 2, "invoice 5 has total 1.98, but its lines add up to 0.99");
  }

  @Test
  void namesFileThatIsNotUtf8() throws IOException {
    Files.write(folder.resolve("tracks.csv"), new byte[] {'a', (byte) 0xff, '\n', 'b', '\n'});

    assertRefused(folder, 2, "tracks.csv\" is no CSV in UTF-8");
  }

  @Test
  void findsControlTotalsOfTheRealStore() {
    Path real = Path.of(System.getProperty("test.chinook", "not-given"));
    assumeThat(real).as("the music store's files: say where by -Dtest.chinook").isDirectory();

    Story story = Chinook.read(real);

    assertThat(story.planned()).isEqualTo(new Totals(412, 2240, new BigDecimal("2328.60")));
    assertThat(story.firstWave()).hasSize(354);
  }

  private static void assertRefused(Path folder, int exitCode, String message) {
    assertThatThrownBy(() -> Chinook.read(folder))
        .isInstanceOf(DemoException.class)
        .hasMessageContaining(message)
        .extracting("exitCode")
        .isEqualTo(exitCode);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
