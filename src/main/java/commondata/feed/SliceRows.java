package commondata.feed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one type in one slice, in memory, as COPY wants them, and their order by key. Rows
 * that come in the order of an index touch each of its pages once: the server then works a third
 * less. The key is compared by six bytes behind what all keys have in common: neighbours need not
 * be exact.
 */
final class SliceRows {

  private static final int CHUNK = 256 * 1024;
  private static final int KEY_BITS = 7;
  private static final int KEY_BYTES = 6;
  private static final int INDEX_BITS = 21;

  private final List<CopyRow> chunks = new ArrayList<>();
  private final boolean sorted;
  private int chunk;
  private int count;
  private long bytes;
  private int start;
  private int key;
  private int[] chunkOf = new int[1024];
  private int[] startOf = new int[1024];
  private int[] endOf = new int[1024];
  private int[] keyOf = new int[1024];
  private long[] lineOf = new long[1024];

  SliceRows(boolean sorted) {
    this.sorted = sorted;
    chunks.add(new CopyRow(CHUNK));
  }

  /** Rows of each of the layout's types. */
  static List<SliceRows> of(Layout layout) {
    return layout.types().stream().map(type -> new SliceRows(type.sortedBy() != null)).toList();
  }

  /** The row to be filled next. */
  CopyRow begin() {
    CopyRow current = chunks.get(chunk);
    if (current.size() > CHUNK - CHUNK / 16) {
      chunk++;
      if (chunk == chunks.size()) {
        chunks.add(new CopyRow(CHUNK));
      }
      current = chunks.get(chunk);
      current.clear();
    }
    start = current.size();
    key = start;
    return current;
  }

  /** The next field is the one rows are sorted by. */
  void keyHere() {
    key = chunks.get(chunk).size() + 1;
  }

  /** The row is filled. */
  void end(long line) {
    CopyRow current = chunks.get(chunk);
    current.end();
    if (count == chunkOf.length) {
      grow();
    }
    chunkOf[count] = chunk;
    startOf[count] = start;
    endOf[count] = current.size();
    keyOf[count] = key;
    lineOf[count] = line;
    bytes += current.size() - start;
    count++;
  }

  private void grow() {
    int more = count * 2;
    chunkOf = Arrays.copyOf(chunkOf, more);
    startOf = Arrays.copyOf(startOf, more);
    endOf = Arrays.copyOf(endOf, more);
    keyOf = Arrays.copyOf(keyOf, more);
    lineOf = Arrays.copyOf(lineOf, more);
  }

  /** The row is none. */
  void undo() {
    chunks.get(chunk).cutTo(start);
  }

  int count() {
    return count;
  }

  /** Bytes of all rows. */
  long bytes() {
    return bytes;
  }

  /** For how many bytes memory is taken. */
  long capacity() {
    return chunks.stream().mapToLong(CopyRow::capacity).sum();
  }

  /** Forgets the rows. What long ones needed is given back: the next ones may stand elsewhere. */
  void clear() {
    count = 0;
    bytes = 0;
    chunk = 0;
    chunks.removeIf(row -> row.capacity() > CHUNK * 2);
    if (chunks.isEmpty()) {
      chunks.add(new CopyRow(CHUNK));
    }
    chunks.get(0).clear();
  }

  /** Line of the file that a row came from. */
  long line(int row) {
    return lineOf[row];
  }

  /** Appends a row to {@code out} and returns how many bytes it has. */
  int appendTo(byte[] out, int at, int row) {
    int length = length(row);
    System.arraycopy(chunks.get(chunkOf[row]).bytes(), startOf[row], out, at, length);
    return length;
  }

  int length(int row) {
    return endOf[row] - startOf[row];
  }

  /** The rows in the order they are to be sent. */
  int[] order() {
    int[] order = new int[count];
    if (!sorted || count < 2 || count >= 1 << INDEX_BITS) {
      Arrays.setAll(order, i -> i);
      return order;
    }
    int common = commonPrefix();
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = (keyBits(i, common) << INDEX_BITS) | i;
    }
    Arrays.sort(keys);
    for (int i = 0; i < count; i++) {
      order[i] = (int) (keys[i] & ((1 << INDEX_BITS) - 1));
    }
    return order;
  }

  private int commonPrefix() {
    int common = Integer.MAX_VALUE;
    for (int i = 1; i < count && common > 0; i++) {
      int n = 0;
      while (n < common && keyByte(i, n) == keyByte(0, n) && keyByte(0, n) != 0) {
        n++;
      }
      common = n;
    }
    return common;
  }

  private long keyBits(int row, int from) {
    long bits = 0;
    for (int n = 0; n < KEY_BYTES; n++) {
      bits = (bits << KEY_BITS) | keyByte(row, from + n);
    }
    return bits;
  }

  /** A byte of the key, in seven bits; 0 behind its end. */
  private int keyByte(int row, int n) {
    int at = keyOf[row] + n;
    if (at >= endOf[row]) {
      return 0;
    }
    byte b = chunks.get(chunkOf[row]).bytes()[at];
    if (b < 0) {
      return Byte.MAX_VALUE;
    }
    return b == '\t' || b == '\n' ? 0 : b;
  }
}
