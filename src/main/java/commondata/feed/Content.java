package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What is in a file: its bytes, unpacked; text is recoded if its character set asks for it. The
 * file is not looked at before the first read.
 */
final class Content extends InputStream {

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
      content = layout.format().isText() ? Recoded.of(content, layout.charset()) : content;
      open = content;
    }
    return content;
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
