package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BlockReaderTest {

  private static final int BLOCK_BYTES = 4_096;

  /** Counts how often it is asked. */
  private static final class Counting extends FilterInputStream {

    private int reads;

    Counting(String text) {
      super(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      reads++;
      return super.read(buffer, offset, length);
    }
  }

  private static BlockReader reader(Counting content, int blockBytes) {
    return new BlockReader(content, new LineFraming(), blockBytes, SourceBytes.SAME);
  }

  /** Line, offset and text of each record. */
  private static List<String> records(BlockReader reader) throws IOException {
    List<String> records = new ArrayList<>();
    for (Block block = reader.record(); block != null; block = reader.record()) {
      records.add(text(block));
    }
    return records;
  }

  private static String text(@Nullable Block found) {
    Block block = Objects.requireNonNull(found);
    String text = new String(block.bytes(), 0, block.length(), StandardCharsets.UTF_8);
    return block.line() + " " + block.offset() + " " + text.strip();
  }

  /** Else a file of a few kilobytes, packed, kept a node busy for minutes. */
  @Test
  void readsBlocksAlsoWhereRecordsAreAskedForOneByOne() throws IOException {
    int empty = 10 * BLOCK_BYTES;
    Counting content = new Counting("\n".repeat(empty) + "a\nb");

    List<String> records = records(reader(content, BLOCK_BYTES));

    assertThat(records).hasSize(empty + 2);
    assertThat(records.get(empty - 1)).isEqualTo("%d %d ".formatted(empty, empty - 1));
    assertThat(records.get(empty)).isEqualTo("%d %d a".formatted(empty + 1, empty));
    assertThat(records.get(empty + 1)).isEqualTo("%d %d b".formatted(empty + 2, empty + 2));
    assertThat(content.reads).isLessThan(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 100})
  void goesOnInBlocksBehindARecord(int blockBytes) throws IOException {
    BlockReader reader = reader(new Counting("\r\n\nab\rcdef\r\n\ng\n"), blockBytes);

    assertThat(text(reader.record())).isEqualTo("1 0 ");
    assertThat(text(reader.record())).isEqualTo("2 2 ");
    assertThat(text(reader.record())).isEqualTo("3 3 ab");
    assertThat(reader.offset()).isEqualTo(6);
    assertThat(reader.records()).isEqualTo(3);
    assertThat(text(reader.next(1, 12))).isEqualTo("4 6 cdef");
    assertThat(reader.isAtEnd()).isFalse();
    reader.skipTo(13, 6);
    assertThat(records(reader)).containsExactly("6 13 g");
    assertThat(reader.isAtEnd()).isTrue();
  }
}
