package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EventCodecTest {

  private final EventCodec codec = new EventCodec();

  @EventType(
      value = "shop.sold",
      version = 3,
      upcasts = {WithCurrency.class, WithCountry.class})
  record Sold(BigDecimal total, @Nullable String currency, @Nullable String country) {}

  static final class WithCurrency implements Upcast {
    @Override
    public Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload) {
      payload.put("currency", "CHF");
      return payload;
    }
  }

  static final class WithCountry implements Upcast {
    @Override
    public Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload) {
      payload.put("country", "CHF".equals(payload.get("currency")) ? "CH" : "DE");
      return payload;
    }
  }

  @EventType(value = "shop.closed", version = 2)
  record Closed(String why) {}

  @EventType("shop.opened")
  record Opened(List<Door> doors, LocalDate on) {
    record Door(int number) {}
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | {'total':0.10} | CHF | CH",
        "2 | {'total':0.10,'currency':'EUR'} | EUR | DE",
        "3 | {'total':0.10,'currency':'EUR','country':'AT'} | EUR | AT"
      },
      quoteCharacter = '"')
  void readsEveryVersionAsTheNewest(int version, String json, String currency, String country) {
    Sold sold = codec.read(event("shop.sold", version, json.replace('\'', '"')), Sold.class);

    assertThat(sold).isEqualTo(new Sold(new BigDecimal("0.10"), currency, country));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'on':'2026-11-21'} | doors",
        "{'doors':[],'on':null} | on",
        "{'doors':[{'number':1},null],'on':'2026-11-21'} | doors[1]"
      },
      quoteCharacter = '"')
  void saysWhichFieldIsMissing(String json, String field) {
    Event event = event("shop.opened", 1, json.replace('\'', '"'));

    assertThatThrownBy(() -> codec.read(event, Opened.class))
        .isInstanceOf(UnreadablePayloadException.class)
        .hasMessageEndingWith("does not fit Opened at \"%s\": it is missing", field);
  }

  @Test
  void refusesAVersionFromTheFuture() {
    assertThatThrownBy(() -> codec.read(event("shop.sold", 4, "{}"), Sold.class))
        .isInstanceOf(UnreadablePayloadException.class)
        .hasMessage(
            "shop.sold v4 key \"k\" at 0:1: this reader knows shop.sold up to v3: start a newer"
                + " program, then replay");
  }

  @Test
  void refusesAReaderWithoutAWayFromEachOlderVersion() {
    assertThatThrownBy(() -> EventCodec.readableTypeOf(Closed.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("declares shop.closed v2 with 0 upcasts");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'doors':[{'number':1},{'number':'ann@x.org'}]} | \"doors[1].number\": int expected",
        "{'on':'ann@x.org'} | \"on\": LocalDate expected",
        "{'doors':'ann@x.org'} | \"doors\"",
        "{'doors':[{'number':ann@x.org}]} | does not fit Opened"
      },
      quoteCharacter = '`')
  void saysWhereAPayloadDoesNotFitWithoutAValueOfIt(String json, String place) {
    assertThatThrownBy(
            () -> codec.read(event("shop.opened", 1, json.replace('\'', '"')), Opened.class))
        .isInstanceOf(UnreadablePayloadException.class)
        .hasNoCause()
        .hasMessageContaining(place)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("ann@x.org"));
  }

  @Test
  void saysThatAPayloadIsNull() {
    assertThatThrownBy(() -> codec.read(event("shop.opened", 1, "null"), Opened.class))
        .isInstanceOf(UnreadablePayloadException.class)
        .hasMessageEndingWith("the payload is null");
    assertThatThrownBy(() -> codec.read(event("shop.sold", 1, "null"), Sold.class))
        .isInstanceOf(UnreadablePayloadException.class)
        .hasMessageEndingWith("the payload is null");
  }

  private static Event event(String type, int version, String payload) {
    UUID id = UUID.randomUUID();
    return new Event(
        0,
        1,
        id,
        "shop",
        Kind.EVENT,
        type,
        version,
        "k",
        id,
        null,
        null,
        LocalDate.EPOCH,
        Instant.EPOCH,
        null,
        payload);
  }
}
