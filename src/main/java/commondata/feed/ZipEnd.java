package commondata.feed;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The end of a zip file, which is a table of what it holds (APPNOTE 4.3.16). A zip file is read
 * from its beginning, so what stands behind the first archive would never be met, and a file that
 * is cut off behind its content would pass for whole: this looks before. Of archives of more than 4
 * GiB (ZIP64) only the end is looked for.
 */
final class ZipEnd {

  private static final int SIGNATURE = 0x06054B50;
  private static final int SIGNATURE_64 = 0x07064B50;
  private static final int LENGTH = 22;
  private static final int LENGTH_64 = 20;
  private static final int COMMENT_MAX = 0xFFFF;
  private static final int ENTRY_LENGTH = 46;

  private ZipEnd() {}

  /**
   * Passes if the file is one archive, of one entry at most, from its first byte to its last.
   *
   * @throws BrokenFileException if not
   */
  static void check(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      int length = (int) Math.min(size, LENGTH + COMMENT_MAX);
      ByteBuffer tail = read(channel, size - length, length);
      int at = find(tail);
      if (at < 0) {
        throw Compression.broken("the end of its archive is missing, or more stands behind it");
      }
      if (!isLarge(tail, at)) {
        check(channel, tail, at, size - length + at);
      }
    }
  }

  /** Where the last record begins; -1 if there is none that ends with the file. */
  private static int find(ByteBuffer tail) {
    for (int at = tail.limit() - LENGTH; at >= 0; at--) {
      if (tail.getInt(at) == SIGNATURE && at + LENGTH + unsigned(tail, at + 20) == tail.limit()) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isLarge(ByteBuffer tail, int at) {
    return at >= LENGTH_64 && tail.getInt(at - LENGTH_64) == SIGNATURE_64;
  }

  private static void check(FileChannel channel, ByteBuffer tail, int at, long position)
      throws IOException {
    int entries = unsigned(tail, at + 10);
    if (entries > 1) {
      throw Compression.broken("it holds more than one file");
    }
    long size = Integer.toUnsignedLong(tail.getInt(at + 12));
    long offset = Integer.toUnsignedLong(tail.getInt(at + 16));
    boolean isWhole =
        offset + size == position
            && size >= (long) entries * ENTRY_LENGTH
            && (entries == 0 || read(channel, offset, ENTRY_LENGTH).getInt(42) == 0);
    if (!isWhole) {
      throw Compression.broken("something stands before its archive");
    }
  }

  private static int unsigned(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("the file has become shorter");
      }
    }
    return bytes.flip();
  }
}
