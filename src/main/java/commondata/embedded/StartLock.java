package commondata.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/** One at a time, over all processes, starts or stops the server of a home. */
final class StartLock implements AutoCloseable {

  /** File locks belong to a process, so its threads need a lock of their own. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final FileChannel channel;
  private final FileLock lock;

  private StartLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for its turn. */
  static StartLock take(Path file) throws IOException {
    THREADS.lock();
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return new StartLock(channel, channel.lock());
    } catch (IOException | RuntimeException e) {
      THREADS.unlock();
      throw e;
    }
  }

  /** Whether somebody has it, in this process or another; changes nothing. */
  static boolean isTaken(Path file) throws IOException {
    // To close a channel of the file would drop the lock that a thread here has on it.
    if (!THREADS.tryLock()) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock own = channel.tryLock()) {
      return own == null;
    } catch (NoSuchFileException e) {
      return false;
    } finally {
      THREADS.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      channel.close();
    } finally {
      THREADS.unlock();
    }
  }
}
