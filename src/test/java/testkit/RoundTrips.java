package testkit;

import commondata.database.Database;
import commondata.database.Login;
import commondata.database.Passwords;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A login whose round trips are counted, on one connection through a network of its own: one trip
 * is all that the program sends before the server answers. The answer is noted before the program
 * gets it, so that what it sends next is the next trip.
 */
public final class RoundTrips implements AutoCloseable {

  private static final int BUFFER = 16 * 1024;

  /** How often each work is done. */
  public static final int TRIES = 10;

  private final URI server;
  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicLong trips = new AtomicLong();
  private final AtomicBoolean isAsking = new AtomicBoolean();
  private final Database database;

  public RoundTrips(TestDatabase behind) throws IOException {
    server = URI.create(behind.url().substring("jdbc:".length()));
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
    String url =
        behind
            .url()
            .replace(server.getAuthority(), "127.0.0.1:%d".formatted(listener.getLocalPort()));
    Passwords passwords = login -> behind.password();
    database = new Database(url, passwords, 1);
  }

  public Login login(String name) {
    return database.login(name);
  }

  /**
   * Those that {@code work} takes when nothing has to be looked up, and the connection is fresh.
   */
  public long of(Runnable work) {
    long fewest = Long.MAX_VALUE;
    for (int n = 0; n < TRIES; n++) {
      long before = trips.get();
      work.run();
      fewest = Math.min(fewest, trips.get() - before);
    }
    return fewest;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket answering = new Socket(server.getHost(), server.getPort());
        client.setTcpNoDelay(true);
        answering.setTcpNoDelay(true);
        threads.execute(() -> pass(client, answering, true));
        threads.execute(() -> pass(answering, client, false));
      }
    } catch (IOException e) {
      // The test is over.
      threads.shutdown();
    }
  }

  private void pass(Socket from, Socket to, boolean asks) {
    byte[] buffer = new byte[BUFFER];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (isAsking.getAndSet(asks) != asks && asks) {
          trips.incrementAndGet();
        }
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // The other direction has closed both.
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() throws IOException {
    database.close();
    listener.close();
  }
}
