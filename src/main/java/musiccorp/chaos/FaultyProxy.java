package musiccorp.chaos;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A network between the nodes and the server that can be made to fail: closed, reset, silent in one
 * direction or both, slow. What is held back while it is silent is lost when it speaks again: those
 * connections are reset, as a real network would leave them.
 */
final class FaultyProxy implements AutoCloseable {

  /** How the network is at the moment. */
  enum Mode {
    WELL,
    DEAD,
    ANSWERS_LOST,
    SLOW
  }

  private static final int BUFFER = 16 * 1024;
  private static final long SLOW_NANOS = 60_000_000;

  private final int serverPort;
  private final ServerSocket listener;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "proxy");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong touched = new AtomicLong();
  private volatile Mode mode = Mode.WELL;

  private FaultyProxy(int serverPort, ServerSocket listener) {
    this.serverPort = serverPort;
    this.listener = listener;
  }

  static FaultyProxy before(int serverPort) throws IOException {
    FaultyProxy proxy =
        new FaultyProxy(serverPort, new ServerSocket(0, 200, InetAddress.getLoopbackAddress()));
    proxy.threads.execute(proxy::accept);
    return proxy;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Closes every connection; returns how many there were. */
  int cut() {
    return end(false);
  }

  /** Resets every connection; returns how many there were. */
  int reset() {
    return end(true);
  }

  /** Is like this from now on. */
  void become(Mode next) {
    touched.set(0);
    mode = next;
  }

  /** Whether the mode of now has held anything back, or made it late. */
  boolean hasTouched() {
    return touched.get() > 0;
  }

  /** Is well again; returns how many buffers the mode before has held back or made late. */
  long heal() {
    Mode before = mode;
    mode = Mode.WELL;
    if (before == Mode.DEAD || before == Mode.ANSWERS_LOST) {
      links.stream().filter(link -> link.lost).forEach(link -> link.end(true));
    }
    return touched.getAndSet(0);
  }

  private int end(boolean hard) {
    int ended = 0;
    for (Link link : links) {
      link.end(hard);
      ended++;
    }
    return ended;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Link link = new Link(listener.accept());
        links.add(link);
        threads.execute(link::open);
      } catch (IOException e) {
        // The proxy was closed, or a connection went away before it was there.
        Thread.onSpinWait();
      }
    }
  }

  /** One connection through the proxy. */
  private final class Link {

    private final Socket client;
    private final Socket server = new Socket();
    private volatile boolean lost;

    Link(Socket client) {
      this.client = client;
    }

    void open() {
      try {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), 2_000);
        threads.execute(() -> pump(server, client, true));
        pump(client, server, false);
      } catch (IOException e) {
        end(false);
      }
    }

    private void pump(Socket from, Socket to, boolean isAnswer) {
      byte[] buffer = new byte[BUFFER];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (isHeldBack(isAnswer)) {
            touched.incrementAndGet();
            lost = true;
          } else if (!lost) {
            if (mode == Mode.SLOW) {
              touched.incrementAndGet();
              LockSupport.parkNanos(SLOW_NANOS);
            }
            out.write(buffer, 0, read);
            out.flush();
          }
        }
      } catch (IOException e) {
        // One of the two ends is gone; so is the other then.
        lost = true;
      }
      end(false);
    }

    private boolean isHeldBack(boolean isAnswer) {
      return mode == Mode.DEAD || (mode == Mode.ANSWERS_LOST && isAnswer);
    }

    void end(boolean hard) {
      links.remove(this);
      close(client, hard);
      close(server, hard);
    }

    private void close(Socket socket, boolean hard) {
      try {
        if (hard) {
          socket.setSoLinger(true, 0);
        }
      } catch (SocketException e) {
        // It is closed already.
        lost = true;
      }
      FaultyProxy.close(socket);
    }
  }

  private static void close(Closeable end) {
    try {
      end.close();
    } catch (IOException e) {
      // Nothing is written through a proxy that could be lost by this.
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    close(listener);
    end(false);
    threads.shutdownNow();
  }
}
