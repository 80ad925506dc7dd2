package musiccorp.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import commondata.contract.Contract;
import commondata.contract.PayloadSchema;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Payloads as they came out of a running company, of every version there ever was: {@code
 * <type>.v<version>.json}, or with a word, {@code <type>.v<version>-<word>.json}. They lie in
 * somebody's log, so today's readers must read them.
 */
final class RecordedPayloadsTest {

  private static final Path FOLDER = Path.of("src", "test", "resources", "recorded");
  private static final Pattern FILE = Pattern.compile("(.+)\\.v(\\d+)(-[a-z-]+)?\\.json");

  private static final List<Class<?>> RECORDS = ContractTest.payloadTypes();

  private final EventCodec codec = new EventCodec();

  record Recorded(String file, String type, int version, String payload) {
    @Override
    public String toString() {
      return file;
    }
  }

  static List<Recorded> payloads() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().map(RecordedPayloadsTest::read).toList();
    }
  }

  private static Recorded read(Path file) {
    String name = String.valueOf(file.getFileName());
    Matcher parts = FILE.matcher(name);
    assertThat(parts.matches()).as(name).isTrue();
    try {
      return new Recorded(
          name, parts.group(1), Integer.parseInt(parts.group(2)), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyVersionHasOne() throws IOException {
    List<String> recorded = payloads().stream().map(p -> p.type() + " v" + p.version()).toList();

    for (PayloadSchema schema : Contract.packed().schemas()) {
      assertThat(recorded)
          .as("%s has no recorded payload: put one into %s", schema.location(), FOLDER)
          .contains(schema.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void stillFitsItsSchema(Recorded recorded) {
    assertThat(ContractSchemas.violations(recorded.type(), recorded.version(), recorded.payload()))
        .as(
            "contract/%s.v%d.json refuses a payload that is in the log: undo the change, and make it version %d",
            recorded.type(), recorded.version(), recorded.version() + 1)
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void isReadAsTheNewestVersion(Recorded recorded) throws ReflectiveOperationException {
    Class<?> newest = recordOf(recorded.type());

    Object payload = codec.read(event(recorded), newest);

    for (RecordComponent component : newest.getRecordComponents()) {
      if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        assertThat(component.getAccessor().invoke(payload)).as(component.getName()).isNotNull();
      }
    }
    EventType type = EventCodec.typeOf(newest);
    assertThat(ContractSchemas.violations(type.value(), type.version(), codec.write(payload)))
        .isEmpty();
  }

  @Test
  void anOldRejectionGetsItsCauseFromItsWords() throws IOException {
    assertThat(payloads())
        .filteredOn(recorded -> recorded.type().equals("order.rejected"))
        .extracting(
            recorded -> recorded.file(),
            recorded -> codec.read(event(recorded), OrderRejected.class).cause())
        .containsExactly(
            tuple("order.rejected.v1-stock.json", OrderRejected.Cause.STOCK),
            tuple("order.rejected.v1.json", OrderRejected.Cause.PAYMENT),
            tuple("order.rejected.v2.json", OrderRejected.Cause.PAYMENT));
  }

  private static Class<?> recordOf(String type) {
    return RECORDS.stream()
        .filter(record -> EventCodec.typeOf(record).value().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no record reads " + type));
  }

  private static Event event(Recorded recorded) {
    UUID id = UUID.randomUUID();
    return new Event(
        0,
        1,
        id,
        "recorded",
        Kind.EVENT,
        recorded.type(),
        recorded.version(),
        "k",
        id,
        null,
        null,
        LocalDate.EPOCH,
        Instant.EPOCH,
        null,
        recorded.payload());
  }
}
