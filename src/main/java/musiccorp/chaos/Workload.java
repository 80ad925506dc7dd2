package musiccorp.chaos;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import musiccorp.order.NewOrder;
import musiccorp.order.Orders;
import musiccorp.order.PlaceResult;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Clients: they publish numbered events, place orders and drop files, through the faulty network,
 * and keep a log of what they were told. Each request has an id of its own.
 */
final class Workload implements AutoCloseable {

  /** Files of customers and items, dropped before anything else. */
  static final int MASTER_FILES = 2;

  private static final String INSERT_PUBLISHED =
      """
      INSERT INTO chaos.published (request, key, n)
      VALUES (?, ?, ?)
      """;

  private static final int KEYS = 24;
  private static final int ITEMS = 10;
  private static final int POISON = 99;

  /** So much that a customer comes to the tiers of loyalty within a few orders. */
  private static final String PRICE = "12.99";

  private static final long PAUSE_NANOS = 40_000_000;
  private static final long DROP_PAUSE_NANOS = 300_000_000;
  private static final long CLOSE_MS = 1_000;

  final AckLog events = new AckLog();
  final AckLog orders = new AckLog();

  private final long seed;
  private final Login login;
  private final Outbox outbox;
  private final Orders shop;
  private final Path drop;
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<Thread> clients = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;
  private volatile boolean closed;

  Workload(long seed, Database database, Path drop) {
    this.seed = seed;
    this.login = database.login(Readers.LOGIN);
    EventCodec codec = new EventCodec();
    this.outbox = new Outbox(login, codec);
    this.shop = new Orders(database.login("order_service"), codec);
    this.drop = drop;
  }

  void start() {
    Random random = new Random(seed);
    client("publisher-1", PAUSE_NANOS, new Random(random.nextLong()), this::publish);
    client("publisher-2", PAUSE_NANOS, new Random(random.nextLong()), this::publish);
    client("customer", 2 * PAUSE_NANOS, new Random(random.nextLong()), r -> order());
    client("store", DROP_PAUSE_NANOS, new Random(random.nextLong()), r -> dropCatalog());
  }

  private interface Request {
    void send(Random random);
  }

  private void client(String name, long pauseNanos, Random random, Request request) {
    Thread thread =
        new Thread(
            () -> {
              while (!stopped && !closed) {
                request.send(random);
                LockSupport.parkNanos(pauseNanos);
              }
            },
            name);
    thread.setDaemon(true);
    clients.add(thread);
    thread.start();
  }

  private void publish(Random random) {
    String key = "k" + random.nextInt(KEYS);
    int fate = random.nextInt(100);
    int fails = fate < 2 ? POISON : fate < 6 ? 1 + random.nextInt(3) : 0;
    publish("e" + numbers.incrementAndGet(), key, fails, () -> {});
  }

  /** Publishes in a transaction that stays open while {@code meanwhile} goes on. */
  void publish(String request, String key, int fails, Runnable meanwhile) {
    boolean[] committing = {false};
    events.note(request, AckLog.Outcome.UNKNOWN);
    try {
      login.inTransactionDo(
          () -> {
            long n = next(key);
            login.write(INSERT_PUBLISHED, request, key, n);
            outbox.publish(key, new ChaosDone(n, fails));
            meanwhile.run();
            committing[0] = true;
          });
      events.note(request, AckLog.Outcome.OK);
    } catch (DataAccessException | TransactionException e) {
      if (!committing[0]) {
        events.note(request, AckLog.Outcome.FAILED);
      }
    }
  }

  /** Lets the open transaction be idle for longer than a node's may. */
  void bePatient() {
    login
        .jdbc()
        .sql(
            """
            SET LOCAL idle_in_transaction_session_timeout = '10s'
            """)
        .update();
  }

  /** The next number of a key, under its row lock. */
  private long next(String key) {
    return login
        .jdbc()
        .sql(
            """
            INSERT INTO chaos.counter AS c (key, n)
            VALUES (:key, 1)
            ON CONFLICT (key) DO UPDATE
            SET n = c.n + 1
            RETURNING c.n
            """)
        .param("key", key)
        .query(Long.class)
        .single();
  }

  private void order() {
    String request = "o%d-%d".formatted(seed, numbers.incrementAndGet());
    orders.note(request, AckLog.Outcome.UNKNOWN);
    try {
      boolean placed = !(place(request) instanceof PlaceResult.Refused);
      orders.note(request, placed ? AckLog.Outcome.OK : AckLog.Outcome.FAILED);
    } catch (DataAccessException | TransactionException e) {
      // Nobody knows: the same key is asked again when all is well.
      orders.note(request, AckLog.Outcome.UNKNOWN);
    }
  }

  /** Places the order of that id; a second time it must be found. */
  PlaceResult place(String request) {
    int item = Math.floorMod(request.hashCode(), ITEMS);
    return shop.place(
        new NewOrder(
            "C-" + item,
            "card-ok",
            List.of(new NewOrder.Line("S-" + item, 1)),
            NewOrder.Channel.REST,
            request,
            null));
  }

  /** Customers and items without which nobody can order. */
  void dropMasterData() {
    StringBuilder customers =
        new StringBuilder("customer_id,name,email,street,city,postal_code,country\n");
    StringBuilder items =
        new StringBuilder("sku,title,artist,album,genre,unit_price,initial_stock\n");
    for (int i = 0; i < ITEMS; i++) {
      customers.append("C-%d,Ann,ann%d@example.org,Road 1,Oslo,1,Norway%n".formatted(i, i));
      items.append("S-%d,Title,Artist,,,%s,1000000%n".formatted(i, PRICE));
    }
    drop("customers", "customers-1.csv", customers.toString());
    drop("catalog", "catalog-1.csv", items.toString());
  }

  private void dropCatalog() {
    int number = numbers.incrementAndGet();
    drop(
        "catalog",
        "catalog-n%d.csv".formatted(number),
        "sku,title,artist,album,genre,unit_price,initial_stock\nN-%d,T,A,,,0.99,1%n"
            .formatted(number));
  }

  private void drop(String feed, String name, String content) {
    try {
      Path incoming = Files.createDirectories(drop.resolve(feed).resolve("incoming"));
      Path part = incoming.resolve("." + name + ".part");
      Files.writeString(part, content, StandardCharsets.UTF_8);
      Files.move(part, incoming.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** No more requests; returns when those under way have their answer. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread client : clients) {
      client.join();
    }
    clients.clear();
    stopped = false;
  }

  /** No more requests, whatever is started; waits a little for those under way. */
  @Override
  public void close() {
    closed = true;
    try {
      for (Thread client : clients) {
        client.join(CLOSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
