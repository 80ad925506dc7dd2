package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

class BooksIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final Books books = new Books(DATABASE.login("commondata_console"));
  private final Headway headway =
      new Headway(DATABASE.login("commondata_console"), Set.of("order"));
  private final Story story = OrderPlan.of(1, 60, LocalDate.of(2026, 3, 2));

  @Test
  void findsNothingWhereNothingHappened() {
    OffsetDateTime yesterday = books.now().minusDays(1);

    assertThat(headway.state(story)).isEqualTo(new Headway.State(0, 0, 0, 0, "", 0, 0, 0, 0, 0));
    assertThat(books.placed(story)).isEqualTo(Totals.NONE);
    assertThat(books.byState(story)).isEmpty();
    assertThat(books.money(story))
        .isEqualTo(new Summary.Money(new BigDecimal("0.00"), new BigDecimal("0.00")));
    assertThat(books.published(yesterday)).isZero();
    assertThat(books.readers(yesterday)).containsExactly(new Summary.Reader("all", 0, 0, 0));
    assertThat(books.files(yesterday)).isEqualTo(new Summary.Files(0, 0, 0, 0, 0));
    assertThat(books.seen("catalog")).isEmpty();
    assertThat(books.usedNumber()).isZero();
    assertThat(books.flags()).isZero();
    assertThat(books.anOrder(story)).isEqualTo("ORDER_ID");
  }
}
