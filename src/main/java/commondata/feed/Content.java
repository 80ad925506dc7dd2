package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What is in a file: its bytes, unpacked; text is recoded if its character set asks for it. The
 * file is not looked at before the first read.
 */
final class Content extends InputStream {

  private final InputStream raw;
  private final long size;
  private final Layout layout;
  private @Nullable InputStream open;

  /**
   * @param size bytes of the file
   */
  Content(InputStream raw, long size, Layout layout) {
    this.raw = raw;
    this.size = size;
    this.layout = layout;
  }

  private InputStream open() throws IOException {
    InputStream content = open;
    if (content == null) {
      content = layout.compression().open(raw, size);
      content = layout.format().isText() ? text(content) : content;
      open = content;
    }
    return content;
  }

  /**
   * @throws BrokenFileException if it says by a mark that it is encoded otherwise
   */
  private InputStream text(InputStream content) throws IOException {
    byte[] begin = content.readNBytes(ByteOrderMark.LOOK_BYTES);
    String foreign = ByteOrderMark.foreign(begin, layout.charset());
    if (foreign != null) {
      throw new BrokenFileException(
          0,
          Code.CHARSET,
          "the file begins with the mark of %s, but the layout says %s"
              .formatted(foreign, layout.charset().name()));
    }
    PushbackInputStream whole = new PushbackInputStream(content, ByteOrderMark.LOOK_BYTES);
    whole.unread(begin);
    return Recoded.of(whole, layout.charset());
  }

  @Override
  public int read() throws IOException {
    return open().read();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    return open().read(buffer, offset, length);
  }
}
