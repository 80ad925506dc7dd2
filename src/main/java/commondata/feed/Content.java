package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is in a file: its bytes, unpacked; text is recoded if its character set asks for it, and
 * without a byte order mark. The file is not looked at before the first read.
 */
final class Content extends InputStream {

  private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream raw;
  private final Layout layout;
  private @Nullable InputStream open;

  Content(InputStream raw, Layout layout) {
    this.raw = raw;
    this.layout = layout;
  }

  private InputStream open() throws IOException {
    InputStream content = open;
    if (content == null) {
      content = layout.compression().open(raw);
      content = layout.format().isText() ? text(content) : content;
      open = content;
    }
    return content;
  }

  private InputStream text(InputStream content) throws IOException {
    InputStream text = Recoded.of(content, layout.charset());
    return layout.charset().equals(StandardCharsets.UTF_8) ? withoutMark(text) : text;
  }

  private static InputStream withoutMark(InputStream content) throws IOException {
    PushbackInputStream in = new PushbackInputStream(content, BOM.length);
    byte[] begin = in.readNBytes(BOM.length);
    if (!java.util.Arrays.equals(begin, BOM)) {
      in.unread(begin);
    }
    return in;
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
