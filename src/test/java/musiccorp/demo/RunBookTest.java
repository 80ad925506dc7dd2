package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunBookTest {

  private static final OffsetDateTime MONDAY = OffsetDateTime.parse("2026-03-02T23:59:00Z");
  private static final OffsetDateTime TUESDAY = MONDAY.plusHours(1);

  @Test
  void goesOnWithWhatWasNotFinished(@TempDir Path home) {
    RunBook.Entry begun = new RunBook(home).open("60 orders", 0, MONDAY);

    RunBook.Entry again = new RunBook(home).open("60 orders", 0, TUESDAY);

    assertThat(again.again()).isTrue();
    assertThat(again.number()).isEqualTo(begun.number());
    assertThat(again.today()).isEqualTo(begun.today());
    assertThat(again.startedAt()).isEqualTo(MONDAY);
  }

  @Test
  void beginsAnotherOnceTheLastIsFinished(@TempDir Path home) {
    RunBook book = new RunBook(home);
    book.close(book.open("60 orders", 0, MONDAY));

    RunBook.Entry next = book.open("60 orders", 1, TUESDAY);

    assertThat(next.number()).isEqualTo(2);
    assertThat(next.again()).isFalse();
  }

  @Test
  void beginsAnotherIfSomethingElseIsAskedFor(@TempDir Path home) {
    RunBook book = new RunBook(home);
    book.open("60 orders", 0, MONDAY);

    assertThat(book.open("5000 orders", 0, MONDAY).number()).isEqualTo(2);
  }

  @Test
  void takesNoNumberThatTheDatabaseHasSeen(@TempDir Path home) {
    assertThat(new RunBook(home).open("60 orders", 4, MONDAY).number()).isEqualTo(5);
  }
}
