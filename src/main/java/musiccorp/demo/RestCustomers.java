package musiccorp.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.json.JsonMapper;

/**
 * Customers who order over REST, several at a time. Every order carries its idempotency key, so it
 * may be sent again after any doubt.
 */
final class RestCustomers {

  private static final int AT_A_TIME = 4;
  private static final int TRIES = 60;
  private static final long RETRY_MILLIS = 1000;

  private final URI rest;
  private final HttpClient http = HttpClient.newHttpClient();
  private final JsonMapper json = new JsonMapper();

  private final Progress progress;

  RestCustomers(URI rest, Progress progress) {
    this.rest = rest;
    this.progress = progress;
  }

  /** What became of a wish to cancel: the number of those that came too late. */
  record Outcome(int placed, int cancelTooLate) {}

  Outcome place(List<PlannedOrder> orders) {
    ExecutorService customers = Executors.newFixedThreadPool(AT_A_TIME);
    try {
      List<Future<Boolean>> answers = new ArrayList<>();
      for (PlannedOrder order : orders) {
        answers.add(customers.submit(() -> placeOne(order)));
      }
      int tooLate = 0;
      int answered = 0;
      for (Future<Boolean> answer : answers) {
        tooLate += answer.get() ? 0 : 1;
        answered++;
        progress.show("%d of %d over REST".formatted(answered, orders.size()));
      }
      return new Outcome(orders.size(), tooLate);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DemoException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw DemoException.unsettled("interrupted while placing orders");
    } finally {
      customers.shutdownNow();
    }
  }

  /** Places one order; false if it was to be cancelled but came too late. */
  private boolean placeOne(PlannedOrder order) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(rest.resolve("/orders"))
            .header("Idempotency-Key", order.reference())
            .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body(order))));
    HttpResponse<String> answer = send(request);
    if (answer.statusCode() != 201 && answer.statusCode() != 200) {
      throw refused("POST /orders with key " + order.reference(), answer);
    }
    if (!order.cancelled()) {
      return true;
    }
    String orderId = json.readTree(answer.body()).path("orderId").asString();
    return cancel(orderId);
  }

  private boolean cancel(String orderId) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(rest.resolve("/orders/" + orderId + "/cancellation"))
            .POST(HttpRequest.BodyPublishers.ofString("{\"reason\":\"changed my mind\"}"));
    HttpResponse<String> answer = send(request);
    if (answer.statusCode() == 409) {
      return false;
    }
    if (answer.statusCode() / 100 != 2) {
      throw refused("cancellation of order " + orderId, answer);
    }
    return true;
  }

  private static Map<String, Object> body(PlannedOrder order) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("customerId", order.customerId());
    body.put("paymentMethod", order.paymentMethod());
    body.put(
        "lines",
        order.lines().stream()
            .map(line -> Map.of("sku", line.sku(), "quantity", line.quantity()))
            .toList());
    return body;
  }

  /** Sends until somebody answers who is not in trouble himself. */
  private HttpResponse<String> send(HttpRequest.Builder builder) throws InterruptedException {
    HttpRequest request =
        builder.header("Content-Type", "application/json").timeout(Duration.ofSeconds(30)).build();
    for (int n = 1; ; n++) {
      try {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() < 500 || n == TRIES) {
          return answer;
        }
      } catch (IOException e) {
        if (n == TRIES) {
          throw DemoException.unreachable(
              "REST at %s does not answer: %s".formatted(rest, e.getMessage()), e);
        }
      }
      Thread.sleep(RETRY_MILLIS);
    }
  }

  private static DemoException refused(String what, HttpResponse<String> answer) {
    return DemoException.failed(
        "%s was answered with %d: %s".formatted(what, answer.statusCode(), answer.body()));
  }
}
