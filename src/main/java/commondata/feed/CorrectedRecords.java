package commondata.feed;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Records that somebody corrected, framed as those of a file are: each must be one record, under
 * the line it had in the file.
 */
final class CorrectedRecords {

  private final Layout layout;
  private final SortedMap<Long, String> records;
  private final List<RecordError> errors = new ArrayList<>();
  private final Deque<Block> blocks = new ArrayDeque<>();
  private long size;

  /**
   * @param records by the line that each had in the file
   */
  CorrectedRecords(Layout layout, SortedMap<Long, String> records) {
    this.layout = layout;
    this.records = records;
    records.forEach(this::frame);
  }

  /** What is wrong with their form; empty if they can be read. */
  List<RecordError> errors() {
    return List.copyOf(errors);
  }

  /** Bytes of all of them. */
  long size() {
    return size;
  }

  /** They as a slice, which can be read once. */
  Slice slice() {
    return new Slice(0, size, records.firstKey(), records.lastKey() + 1, size, blocks);
  }

  /** Identity of this correction: of the same records for another file it is another. */
  String sha256(long file) {
    MessageDigest digest = Digests.sha256();
    records.forEach(
        (line, record) ->
            digest.update(
                "%d:%d:%s\n"
                    .formatted(file, line, record)
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    return Digests.hex(digest);
  }

  private void frame(long line, String record) {
    byte[] text = encoded(line, record);
    if (text == null) {
      return;
    }
    Framing framing = layout.framing();
    byte[] bytes = framing.framed(text);
    BlockReader reader =
        new BlockReader(
            new ByteArrayInputStream(bytes), framing, bytes.length + 1, SourceBytes.SAME);
    try {
      Block first = reader.record();
      FileError broken = reader.broken();
      if (broken != null) {
        errors.add(new RecordError(line, "", broken.code(), broken.message()));
      } else if (first == null || record.isBlank() || !reader.isAtEnd()) {
        errors.add(notOne(line));
      } else {
        blocks.add(new Block(first.bytes(), first.length(), size, line));
        size += first.length();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RecordError notOne(long line) {
    return new RecordError(
        line, "", Code.ONE, "the correction must be one record: no header, no trailer, no second");
  }

  private byte @Nullable [] encoded(long line, String record) {
    try {
      ByteBuffer bytes = layout.readAs().newEncoder().encode(CharBuffer.wrap(record));
      byte[] exact = new byte[bytes.remaining()];
      bytes.get(exact);
      return exact;
    } catch (CharacterCodingException e) {
      errors.add(
          new RecordError(
              line,
              "",
              Code.CHARSET,
              "the correction has a character that %s does not have".formatted(layout.readAs())));
      return null;
    }
  }
}
