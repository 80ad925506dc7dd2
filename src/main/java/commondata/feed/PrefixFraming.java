package commondata.feed;

import java.nio.ByteBuffer;

/**
 * Each record begins with its length. A length that can't be, or that is more than the file holds,
 * ends the reading: where the next record begins is then anybody's guess.
 */
final class PrefixFraming implements Framing {

  private static final int BYTES = BlockReader.FRAME_MAX;

  private final Prefix prefix;
  private String problem = "";

  PrefixFraming(Prefix prefix) {
    this.prefix = prefix;
  }

  @Override
  public int end(byte[] bytes, int from, int to, boolean last) {
    int there = to - from;
    if (there < BYTES) {
      return cutOff(last, "the file ends within the length of this record");
    }
    int word = word(bytes, from);
    long length = prefix == Prefix.RDW ? word >>> 16 : Integer.toUnsignedLong(word) + BYTES;
    if (prefix == Prefix.RDW && (word & 0xFFFF) != 0) {
      return broken("is a part of one that spans several, which can't be read", word);
    }
    if (length <= BYTES) {
      return broken("is empty", word);
    }
    if (length > BlockReader.RECORD_MAX + BYTES) {
      return broken("has more than %,d bytes".formatted(BlockReader.RECORD_MAX), word);
    }
    return there < length
        ? cutOff(last, "of %,d bytes of this record the file holds %,d".formatted(length, there))
        : from + (int) length;
  }

  private static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }

  private int broken(String what, int word) {
    problem = "by its length %08X this record %s".formatted(word, what);
    return BROKEN;
  }

  private int cutOff(boolean last, String what) {
    problem = what;
    return last ? BROKEN : INCOMPLETE;
  }

  @Override
  public byte[] framed(byte[] record) {
    int length = record.length + BYTES;
    int word = prefix == Prefix.RDW ? length << 16 : record.length;
    return ByteBuffer.allocate(length).putInt(word).put(record).array();
  }

  @Override
  public int textFrom(int begin) {
    return begin + BYTES;
  }

  @Override
  public FileError broken(long line) {
    return new FileError(line, Code.LENGTH, problem);
  }
}
