package commondata.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceparentTest {

  private static final String HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @Test
  void keepsTheTraceAndNamesANewStep() {
    Traceparent asked = Traceparent.parse(HEADER).orElseThrow();
    Traceparent next = asked.next();

    assertThat(asked.header()).isEqualTo(HEADER);
    assertThat(next.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(next.parentId()).isNotEqualTo(asked.parentId());
    assertThat(next.flags()).isEqualTo("01");
    assertThat(Traceparent.parse(next.header())).contains(next);
  }

  @Test
  void beginsAValidTrace() {
    Traceparent begun = Traceparent.begin();

    assertThat(Traceparent.parse(begun.header())).contains(begun);
    assertThat(Traceparent.begin().traceId()).isNotEqualTo(begun.traceId());
  }

  @Test
  void readsALaterVersionAsThisOne() {
    assertThat(Traceparent.parse(HEADER.replaceFirst("00", "01") + "-more"))
        .map(Traceparent::header)
        .contains(HEADER);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
      })
  void ignoresWhatIsNone(String header) {
    assertThat(Traceparent.parse(header)).isEmpty();
  }
}
