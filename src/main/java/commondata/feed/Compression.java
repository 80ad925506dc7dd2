package commondata.feed;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * How a file is packed. What comes out is counted: a file that unpacks to more than {@value
 * #RATIO_MAX} times its size is refused, however small it is on the disk. Files packed with gzip or
 * bzip2 may stand one behind the other; anything else behind one is refused: it may be records that
 * nobody would miss. A zip file holds one file and nothing else; its name is of no account, and
 * nothing is ever unpacked to the disk.
 */
enum Compression {
  NONE,
  GZIP,
  BZIP2,
  ZIP;

  private static final int RATIO_MAX = 200;
  private static final long FREE_BYTES = 16L * 1024 * 1024;
  private static final int BUFFER = 64 * 1024;

  /** Bytes that may be read while nothing comes out: a name in a header has no limit of its own. */
  private static final int SILENT_MAX = 4 * 1024 * 1024;

  /** How a file looks packed, by the bytes it begins with. */
  static Compression guess(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String begin = new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
      if (begin.startsWith("\u001F\u008B")) {
        return GZIP;
      }
      String more = new String(in.readNBytes(6), StandardCharsets.ISO_8859_1);
      boolean isBzip2 = begin.matches("BZh[1-9]") && more.equals("1AY&SY");
      return isBzip2 ? BZIP2 : begin.equals("PK\u0003\u0004") ? ZIP : NONE;
    }
  }

  /**
   * Looks at what does not show while the content is read from its beginning.
   *
   * @throws BrokenFileException if the file is not what it should be
   */
  void checkEnd(Path file) throws IOException {
    if (this == ZIP) {
      ZipEnd.check(file);
    }
  }

  /**
   * What is in the file.
   *
   * @param size bytes of the file
   * @throws BrokenFileException at once or while it is read, if the file is not what it should be
   */
  InputStream open(InputStream raw, long size) {
    if (this == NONE) {
      return raw;
    }
    Packed packed = new Packed(raw);
    try {
      InputStream content = unpack(new BufferedInputStream(packed, BUFFER));
      return new Unpacked(content, packed, Math.max(FREE_BYTES, size * RATIO_MAX), this == ZIP);
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private InputStream unpack(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP ->
          GzipCompressorInputStream.builder()
              .setInputStream(in)
              .setDecompressConcatenated(true)
              .get();
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      // Whatever bytes the name has: older tools write it in the code page of their country.
      case ZIP -> firstEntry(new ZipInputStream(in, StandardCharsets.ISO_8859_1));
    };
  }

  private static InputStream firstEntry(ZipInputStream zip) throws IOException {
    ZipEntry entry = nextEntry(zip);
    if (entry == null || entry.isDirectory()) {
      throw new IOException("it is no zip file, or its first entry is no file");
    }
    return zip;
  }

  private static @Nullable ZipEntry nextEntry(ZipInputStream zip) throws IOException {
    try {
      return zip.getNextEntry();
    } catch (IllegalArgumentException e) {
      throw new IOException("the name of an entry is not the UTF-8 that it is said to be", e);
    }
  }

  private static BrokenFileException broken(IOException e) {
    return broken(e instanceof EOFException ? "it is cut off" : String.valueOf(e.getMessage()));
  }

  static BrokenFileException broken(String why) {
    return new BrokenFileException(0, Code.ZIP, "the file can't be unpacked: " + why);
  }

  /** Notes when nothing comes out; tells a disk that fails from a file that is broken. */
  private static final class Packed extends FilterInputStream {

    private long silent;

    Packed(InputStream in) {
      super(in);
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      try {
        int read = in.read(buffer, offset, length);
        silent += Math.max(0, read);
        if (silent > SILENT_MAX) {
          throw broken("nothing comes out of more than %,d bytes".formatted(SILENT_MAX));
        }
        return read;
      } catch (IOException e) {
        throw new UncheckedIOException("the file can't be read: " + e.getMessage(), e);
      }
    }
  }

  /** Counts what comes out. */
  private static final class Unpacked extends FilterInputStream {

    private final Packed packed;
    private final long max;
    private final boolean isZip;
    private long count;

    Unpacked(InputStream in, Packed packed, long max, boolean isZip) {
      super(in);
      this.packed = packed;
      this.max = max;
      this.isZip = isZip;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      try {
        int read = in.read(buffer, offset, length);
        count += Math.max(0, read);
        packed.silent = read > 0 ? 0 : packed.silent;
        if (count > max) {
          throw new IOException("it unpacks to more than %d times its size".formatted(RATIO_MAX));
        }
        if (read < 0 && isZip && nextEntry((ZipInputStream) in) != null) {
          throw new IOException("it holds more than one file");
        }
        return read;
      } catch (IOException e) {
        throw broken(e);
      }
    }
  }
}
