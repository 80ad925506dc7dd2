package commondata.feed;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts content into blocks of whole records. A record is limited, and so is memory: a line that is
 * longer is cut there and its rest skipped; anything else that does not end within the limit (a
 * quote that is not closed, a rest with a quote in it) ends the reading, because where the next
 * record begins is then anybody's guess.
 */
final class BlockReader {

  /** Bytes of the longest record, without what frames it. */
  static final int RECORD_MAX = 1024 * 1024;

  /** What frames a record has at most so many bytes: a line end, or a length before it. */
  static final int FRAME_MAX = 4;

  private static final int BUFFER_MAX = RECORD_MAX + FRAME_MAX;

  private static final int SKIP_BYTES = 64 * 1024;

  private final InputStream in;
  private final Framing framing;
  private final int blockBytes;
  private final SourceBytes source;

  /** Bytes of the file that what was read is made of. */
  private long sourceRead;

  /** What was read and not given out: it begins at {@link #restFrom}. */
  private byte[] rest = new byte[0];

  private int restFrom;
  private long offset;
  private long line = 1;
  private long records;
  private long framedLines;
  private int framedRecords;
  private boolean ended;
  private @Nullable FileError broken;

  /**
   * @param blockBytes about how many bytes a block has
   * @param source how many bytes of the file those of the content are
   */
  BlockReader(InputStream in, Framing framing, int blockBytes, SourceBytes source) {
    this.in = source.areOthers() ? new Counted(in) : in;
    this.framing = framing;
    this.blockBytes = blockBytes;
    this.source = source;
  }

  private final class Counted extends FilterInputStream {

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int read = in.read(buffer, from, length);
      sourceRead += source.in(buffer, from, from + Math.max(0, read));
      return read;
    }
  }

  /** A block that begins where nothing was given out yet; what is not in it is the rest. */
  private Block begun(byte[] bytes, int length) {
    long place =
        source.areOthers()
            ? sourceRead - source.in(rest, restFrom, rest.length) - source.in(bytes, 0, length)
            : offset;
    return new Block(bytes, length, offset, line, place, source);
  }

  /** Passes over a mark that the content may begin with; what follows keeps its place. */
  void skip(byte[] mark) throws IOException {
    byte[] begin = in.readNBytes(mark.length);
    if (Arrays.equals(begin, mark)) {
      offset = mark.length;
    } else {
      rest = begin;
    }
  }

  /** Where the next block begins. */
  long offset() {
    return offset;
  }

  /** Line the next block begins at. */
  long line() {
    return line;
  }

  /** Records that were given out so far. */
  long records() {
    return records;
  }

  /** Whether everything up to the content's end was given out. */
  boolean isAtEnd() {
    return ended && restFrom == rest.length;
  }

  /** Why the rest can't be read; null if it can. */
  @Nullable FileError broken() {
    return broken;
  }

  /** Passes over content that was loaded before, up to a record's begin. */
  void skipTo(long newOffset, long newLine) throws IOException {
    byte[] buffer = new byte[SKIP_BYTES];
    long left = newOffset - offset;
    int kept = (int) Math.min(left, rest.length - restFrom);
    restFrom += kept;
    left -= kept;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(left, SKIP_BYTES));
      if (read < 0) {
        throw new IOException("the content ends before byte " + newOffset);
      }
      left -= read;
    }
    offset = newOffset;
    line = newLine;
  }

  /**
   * The next record alone, as a block; null at the end. Millions of empty lines may stand before
   * one that is something: nothing is copied but the record, unless more must be read.
   */
  @Nullable Block record() throws IOException {
    int end = frame(rest, restFrom, rest.length, 1, ended);
    if (end == restFrom) {
      return next(1, Long.MAX_VALUE);
    }
    byte[] bytes = Arrays.copyOfRange(rest, restFrom, end);
    restFrom = end;
    return given(begun(bytes, bytes.length));
  }

  /**
   * The next records, as many as a block holds; null at the end.
   *
   * @param recordsMax as many at most
   * @param until offset to stop at, where a record is known to begin
   */
  @Nullable Block next(int recordsMax, long until) throws IOException {
    int length = (int) Math.min(rest.length - restFrom, until - offset);
    byte[] bytes = new byte[Math.max(blockBytes, length)];
    System.arraycopy(rest, restFrom, bytes, 0, length);
    rest = Arrays.copyOfRange(rest, restFrom + length, rest.length);
    restFrom = 0;
    while (broken == null) {
      length += fill(bytes, length, until);
      int end = frame(bytes, 0, length, recordsMax, ended || offset + length == until);
      if (end > 0 || length == 0) {
        return end == 0 ? null : block(bytes, end, length);
      }
      if (broken == null && length >= BUFFER_MAX) {
        return tooLong(bytes, length);
      }
      bytes = Arrays.copyOf(bytes, Math.min(bytes.length * 4, BUFFER_MAX));
    }
    return null;
  }

  private int fill(byte[] bytes, int length, long until) throws IOException {
    int wanted = (int) Math.min(bytes.length - length, until - offset - length);
    if (ended || wanted <= 0) {
      return 0;
    }
    int read = in.readNBytes(bytes, length, wanted);
    ended = read < wanted;
    return read;
  }

  /** Looks for the ends of records from a record's begin on; returns the last one found. */
  private int frame(byte[] bytes, int from, int length, int recordsMax, boolean last) {
    int end = from;
    framedLines = 0;
    framedRecords = 0;
    while (framedRecords < recordsMax && end < length) {
      int next = framing.end(bytes, end, length, last);
      if (next < 0) {
        if (next == Framing.BROKEN && end == from) {
          broken = framing.broken(line);
        }
        return end;
      }
      framedLines += framing.lines();
      framedRecords++;
      end = next;
    }
    return end;
  }

  private Block block(byte[] bytes, int end, int length) {
    byte[] left = Arrays.copyOfRange(bytes, end, length + rest.length);
    System.arraycopy(rest, 0, left, length - end, rest.length);
    rest = left;
    return given(begun(bytes, end));
  }

  private Block given(Block block) {
    offset += block.length();
    line += framedLines;
    records += framedRecords;
    return block;
  }

  private @Nullable Block tooLong(byte[] bytes, int length) throws IOException {
    if (!framing.goesOnAtNextLine()) {
      broken = framing.broken(line);
      return null;
    }
    Block block = begun(bytes, length);
    long skipped = skipLine(bytes[length - 1] == '\r');
    if (broken != null) {
      return null;
    }
    offset += length + skipped;
    line += framing.lines();
    records++;
    return block;
  }

  /**
   * Reads up to the next line's begin; what lies behind it becomes the rest. A quote on the way may
   * make that line a part of this record: then nothing behind it can be told.
   *
   * @param afterCr whether the line has ended already, unless a LF follows, which belongs to it
   */
  private long skipLine(boolean afterCr) throws IOException {
    LineFraming lines = new LineFraming();
    byte[] buffer = new byte[SKIP_BYTES];
    buffer[0] = '\r';
    int length = afterCr ? 1 : 0;
    long skipped = -length;
    while (true) {
      int read = ended ? 0 : in.readNBytes(buffer, length, SKIP_BYTES - length);
      ended = ended || read < SKIP_BYTES - length;
      length += read;
      int end = lines.end(buffer, 0, length, ended);
      if (hasQuote(buffer, end == Framing.INCOMPLETE ? length : end)) {
        broken =
            new FileError(
                line,
                Code.QUOTE,
                "the record is longer than %,d bytes, and with a quote in the rest nobody can tell where it ends"
                    .formatted(RECORD_MAX));
        return skipped;
      }
      if (end != Framing.INCOMPLETE) {
        rest = Arrays.copyOfRange(buffer, end, length);
        return skipped + end;
      }
      // A CR may stand last: it is looked at again with what follows.
      boolean cr = buffer[length - 1] == '\r';
      skipped += cr ? length - 1 : length;
      buffer[0] = '\r';
      length = cr ? 1 : 0;
    }
  }

  private boolean hasQuote(byte[] bytes, int to) {
    int quote = framing.quote();
    for (int i = 0; i < to; i++) {
      if (bytes[i] == quote) {
        return true;
      }
    }
    return false;
  }
}
