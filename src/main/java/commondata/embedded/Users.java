package commondata.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Who uses the server of a home: each process holds a shared lock on one file, which the operating
 * system takes back when the process dies in whatever way. The last one out finds that it could
 * lock the file alone.
 *
 * <p>One channel a process and file, counted: closing any channel of a file would drop all locks
 * the process has on it. Called with {@link StartLock} held.
 */
final class Users {

  private static final Map<Path, Users> IN_THIS_PROCESS = new HashMap<>();

  private final FileChannel channel;
  private final FileLock lock;
  private int count;

  private Users(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  static synchronized void join(Path file) throws IOException {
    Users users = IN_THIS_PROCESS.get(file);
    if (users == null) {
      users = open(file);
      IN_THIS_PROCESS.put(file, users);
    }
    users.count++;
  }

  private static Users open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      return new Users(channel, channel.lock(0, Long.MAX_VALUE, true));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Returns whether nobody else, in this process or another, uses the server any more. */
  static synchronized boolean leave(Path file) throws IOException {
    Users users = IN_THIS_PROCESS.get(file);
    if (users == null || --users.count > 0) {
      return false;
    }
    IN_THIS_PROCESS.remove(file);
    try (FileChannel channel = users.channel) {
      users.lock.release();
      try (FileLock alone = channel.tryLock()) {
        return alone != null;
      }
    }
  }
}
