package musiccorp.order;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.config.TraceConfiguration;
import commondata.database.Database;
import commondata.event.EventCodec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import testkit.TestDatabase;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class OrderRestIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String ORDER =
      """
      {"customerId": "c-1", "paymentMethod": "card-ok", "lines": [{"sku": "s-1", "quantity": 2}]}
      """;

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = new JsonMapper();

  @SuppressWarnings("NullAway.Init")
  private static ConfigurableApplicationContext context;

  @EnableAutoConfiguration
  @Import({OrderConfiguration.class, TraceConfiguration.class})
  static final class Node {}

  @BeforeAll
  static void start() {
    DATABASE
        .superuser()
        .sql(
            """
            WITH item AS (
                INSERT INTO catalog.item (
                    sku, title, artist, album, genre, unit_price, initial_stock, file, line)
                VALUES ('s-1', 'Blue in Green', 'Miles Davis', '', '', 9.90, 10, 1, 1)
            )
            INSERT INTO customer.customer (
                customer_id, name, email, street, city, postal_code, country, file, line)
            VALUES ('c-1', 'Zoë', 'zoe@example.org', 'Ringstr. 1', 'Zürich', '', 'CH', 1, 1)
            """)
        .update();
    context =
        new SpringApplicationBuilder(Node.class)
            .initializers(
                c -> {
                  c.getBeanFactory().registerSingleton("database", DATABASE.database());
                  c.getBeanFactory().registerSingleton("codec", new EventCodec());
                })
            .run("--server.port=0", "--logging.file.name=target/rest-it.log");
    assertThat(context.getBean(Database.class)).isSameAs(DATABASE.database());
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  @Test
  void placesAnOrderAndShowsIt() throws Exception {
    HttpResponse<String> placed = post("/orders", ORDER);

    assertThat(placed.statusCode()).isEqualTo(201);
    String location = placed.headers().firstValue("Location").orElseThrow();
    HttpResponse<String> shown = get(location);
    assertThat(shown.statusCode()).isEqualTo(200);
    assertThat(shown.body()).isEqualTo(placed.body());
    JsonNode order = json.readTree(shown.body());
    assertThat(location).isEqualTo("/orders/" + order.get("orderId").asString());
    assertThat(order.get("state").asString()).isEqualTo("PLACED");
    assertThat(order.get("total").decimalValue()).isEqualByComparingTo("19.80");
    assertThat(order.get("businessDate").asString()).matches("\\d{4}-\\d\\d-\\d\\d");
  }

  @ParameterizedTest
  @CsvSource({
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, 4bf92f3577b34da6a3ce929d0e0e4736",
    "nonsense, [0-9a-f]{32}"
  })
  void givesAnOrdersEventsTheTraceOfItsRequest(String header, String traceId) throws Exception {
    HttpResponse<String> placed = post("/orders", ORDER, "traceparent", header);

    assertThat(
            DATABASE
                .superuser()
                .sql(
                    "SELECT split_part(traceparent, '-', 2) FROM commondata.outbox WHERE key = :id")
                .param("id", json.readTree(placed.body()).get("orderId").asString())
                .query(String.class)
                .list())
        .as("order.placed and stock.reserve, in one trace")
        .hasSize(2)
        .allMatch(stored -> stored.matches(traceId));
  }

  @Test
  void honoursTheIdempotencyKey() throws Exception {
    HttpResponse<String> first = post("/orders", ORDER, "Idempotency-Key", "\"k-1\"");
    HttpResponse<String> again = post("/orders", ORDER, "Idempotency-Key", "k-1");
    HttpResponse<String> other =
        post("/orders", ORDER.replace(": 2", ": 3"), "Idempotency-Key", "k-1");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertProblem(other, 422, "idempotency-key-reused");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{\"customerId\": | malformed-json | ",
        "[] | bad-type | ",
        "nonsense | malformed-json | ",
        "{} {} | bad-type | ",
        "{\"customerId\": \"c-1\", \"customerId\": \"c-2\"} | malformed-json | ",
        "{\"customerId\": 1} | bad-type | /customerId",
        "{\"colour\": 1} | unknown-property | /colour",
        "{} | missing | /customerId",
        "{\"customerId\":\"c-1\",\"paymentMethod\":\"x\",\"lines\":[null]} | missing | /lines/0/sku",
        "{\"lines\":[{\"sku\":\"s-1\",\"quantity\":1.5}]} | bad-type | /lines/0/quantity",
        "{\"lines\":[{\"sku\":\"s-1\",\"quantity\":\"1\"}]} | bad-type | /lines/0/quantity",
        "{\"lines\":[{\"sku\":\"s-1\",\"quantity\":9999999999}]} | bad-type | /lines/0/quantity",
      })
  void refusesABodyOfAnotherShape(String body, String code, String pointer) throws Exception {
    HttpResponse<String> response = post("/orders", body);

    JsonNode problem = assertProblem(response, 400, "bad-request");
    assertThat(problem.get("errors").get(0).get("code").asString()).isEqualTo(code);
    if (pointer != null) {
      assertThat(problem.get("errors").get(0).get("pointer").asString()).isEqualTo(pointer);
    }
  }

  @Test
  void saysAllThatIsWrongWithAnOrder() throws Exception {
    HttpResponse<String> unknown =
        post("/orders", ORDER.replace("c-1", "c-none").replace("s-1", "s-none"));
    HttpResponse<String> negative = post("/orders", ORDER.replace(": 2", ": -2"));
    HttpResponse<String> empty = post("/orders", ORDER.replaceFirst("\\[.*]", "[]"));
    HttpResponse<String> nul = post("/orders", ORDER.replace("s-1", "s\\u0000"));

    JsonNode errors = assertProblem(unknown, 422, "order-refused").get("errors");
    assertThat(errors.findValuesAsString("code"))
        .containsExactly("unknown-customer", "unknown-sku");
    assertThat(errors.get(1).get("message").asString()).contains("\"s-none\"");
    assertThat(codes(negative)).containsExactly("bad-quantity");
    assertThat(codes(empty)).containsExactly("no-lines");
    assertThat(codes(nul)).containsExactly("bad-character");
  }

  private List<String> codes(HttpResponse<String> response) {
    return assertProblem(response, 422, "order-refused").get("errors").findValuesAsString("code");
  }

  @Test
  void answersEveryOtherErrorWithAProblem() throws Exception {
    assertProblem(get("/orders/o-none"), 404, "unknown-order");
    assertProblem(post("/orders/o-none/cancellation", ""), 404, "unknown-order");
    assertProblem(post("/orders", " ".repeat(300_000)), 413, "too-large");
    assertProblem(get("/no/such/path"), 404, null);
    assertProblem(get("/orders"), 405, null);
    assertProblem(post("/orders", ORDER, "Content-Type", "text/plain"), 415, null);
  }

  @Test
  void cancels() throws Exception {
    String order = post("/orders", ORDER).headers().firstValue("Location").orElseThrow();

    HttpResponse<String> cancelled = post(order + "/cancellation", "{\"reason\": \"too dear\"}");
    HttpResponse<String> again = post(order + "/cancellation", "");
    HttpResponse<String> blank = post(order + "/cancellation", "{\"reason\": \" \"}");

    assertThat(cancelled.statusCode()).isEqualTo(200);
    assertThat(json.readTree(cancelled.body()).get("state").asString()).isEqualTo("CANCELLED");
    assertThat(json.readTree(again.body()).get("reason").asString()).isEqualTo("too dear");
    assertProblem(blank, 422, "bad-reason");
  }

  @Test
  void servesItsDescription() throws Exception {
    assertThat(get("/openapi.yaml").body()).startsWith("openapi: 3.1.0");
  }

  private JsonNode assertProblem(HttpResponse<String> response, int status, @Nullable String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = json.readTree(response.body());
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("detail").asString()).isNotBlank();
    if (type != null) {
      assertThat(problem.get("type").asString()).isEqualTo("urn:musiccorp:problem:" + type);
    }
    return problem;
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .setHeader("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static URI uri(String path) {
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    return URI.create("http://127.0.0.1:" + port + path);
  }
}
