package commondata.feed;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives out the slices of a file, one after the other, to any number of threads: whoever asks cuts
 * the next one. Slices that were loaded before are passed over without being looked at, but they
 * are hashed as all the rest: at the end it is known whether the content is what was claimed.
 */
final class SliceSource implements Closeable {

  private static final int BLOCK_BYTES = 256 * 1024;

  /** What a record needs in memory however short it is: its place among the rows, file and line. */
  private static final int ROW_BYTES = 48;

  /** What a column needs that has no value, in a row as COPY wants it. */
  private static final int NULL_BYTES = 3;

  private final Path file;
  private final Counted counted;
  private final DigestInputStream raw;
  private final BlockReader reader;
  private final FileHeader header;
  private final int sliceBytes;
  private final int sliceRecords;
  private final NavigableMap<Long, SliceResult> done = new TreeMap<>();
  private @Nullable FileError error;

  /** Up to where the file as it lies there was read for earlier slices. */
  private long rawFrom;

  private SliceSource(Path file, Counted counted, Layout layout, int sliceBytes)
      throws IOException {
    this.file = file;
    this.counted = counted;
    this.raw = new DigestInputStream(counted, Digests.sha256());
    this.sliceBytes = sliceBytes;
    this.sliceRecords = sliceRecords(layout, sliceBytes);
    this.reader =
        new BlockReader(
            new Content(raw, Files.size(file), layout),
            layout.framing(),
            Math.min(BLOCK_BYTES, sliceBytes),
            SourceBytes.of(layout));
    this.header = new FileHeader(layout);
    FileError unreadable = readHeader(layout);
    this.error = explained(unreadable, layout);
  }

  /** A slice of records that hold next to nothing must not need more memory than another. */
  private static int sliceRecords(Layout layout, int sliceBytes) {
    int columns =
        layout.types().stream().mapToInt(type -> type.shape().columns().size()).max().orElse(0);
    return Math.max(1, sliceBytes / (ROW_BYTES + NULL_BYTES * columns));
  }

  private @Nullable FileError readHeader(Layout layout) throws IOException {
    try {
      layout.compression().checkEnd(file);
      if (layout.format().isText() && layout.readAs().equals(StandardCharsets.UTF_8)) {
        reader.skip(ByteOrderMark.UTF_8.bytes());
      }
      return header.read(reader);
    } catch (BrokenFileException e) {
      return e.error();
    }
  }

  /** Whoever reads what is packed as it is finds some nonsense in it; text never begins so. */
  private @Nullable FileError explained(@Nullable FileError unreadable, Layout layout)
      throws IOException {
    Compression guess = Compression.guess(file);
    if (layout.compression() != Compression.NONE
        || guess == Compression.NONE
        || (unreadable == null && !layout.format().isText())) {
      return unreadable;
    }
    String packing = guess.name().toLowerCase(Locale.ROOT);
    return new FileError(
        unreadable == null ? 0 : unreadable.line(),
        unreadable == null ? Code.ZIP : unreadable.code(),
        "the content is packed with %s, but the layout says no compression".formatted(packing));
  }

  /** The header, read. */
  FileHeader header() {
    return header;
  }

  /**
   * Opens a file and reads its header.
   *
   * @param loaded slices that are loaded already
   */
  static SliceSource open(Path file, Layout layout, int sliceBytes, List<SliceResult> loaded) {
    Counted raw = null;
    try {
      raw = new Counted(Digests.open(file));
      SliceSource source = new SliceSource(file, raw, layout, sliceBytes);
      loaded.forEach(slice -> source.done.put(slice.offset(), slice));
      return source;
    } catch (IOException e) {
      Digests.closeQuietly(raw);
      throw unreadable(file, e);
    } catch (RuntimeException | Error e) {
      Digests.closeQuietly(raw);
      throw e;
    }
  }

  /** The next slice that is not loaded yet; null behind the last, or if the rest is unusable. */
  synchronized @Nullable Slice next() {
    try {
      return error == null ? cut() : null;
    } catch (BrokenFileException e) {
      error = e.error();
      return null;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private @Nullable Slice cut() throws IOException {
    for (SliceResult at = done.get(reader.offset()); at != null; at = done.get(reader.offset())) {
      reader.skipTo(at.end(), at.nextLine());
      rawFrom = counted.count;
    }
    Long until = done.higherKey(reader.offset());
    long offset = reader.offset();
    long line = reader.line();
    long endRecord = reader.records() + sliceRecords;
    Deque<Block> blocks = new ArrayDeque<>();
    while (reader.offset() - offset < sliceBytes && reader.records() < endRecord) {
      int recordsMax = (int) (endRecord - reader.records());
      Block block = reader.next(recordsMax, until == null ? Long.MAX_VALUE : until);
      if (block == null) {
        break;
      }
      blocks.add(block);
    }
    error = reader.broken();
    long rawBytes = counted.count - rawFrom;
    rawFrom = counted.count;
    return blocks.isEmpty()
        ? null
        : new Slice(offset, reader.offset(), line, reader.line(), rawBytes, blocks);
  }

  /** Why the file can't be read from somewhere on; null if it can. */
  synchronized @Nullable FileError error() {
    return error;
  }

  /** Hash of the whole file as it lies on the disk, read to its end. */
  synchronized String sha256() {
    try {
      raw.transferTo(java.io.OutputStream.nullOutputStream());
      return Digests.hex(raw.getMessageDigest());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static UncheckedIOException unreadable(Path file, IOException e) {
    return new UncheckedIOException("\"" + file + "\" can't be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    Digests.closeQuietly(raw);
  }

  /** Counts what is read of the file as it lies there. */
  private static final class Counted extends FilterInputStream {

    private long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = in.read();
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = in.read(buffer, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }
}
