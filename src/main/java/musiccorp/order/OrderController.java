package musiccorp.order;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Orders over REST; {@code static/openapi.yaml} describes it. */
@RestController
final class OrderController {

  private static final int REASON_LENGTH_MAX = 200;

  private final Orders orders;
  private final RequestBodies bodies = new RequestBodies();

  OrderController(Orders orders) {
    this.orders = orders;
  }

  @PostMapping(path = "/orders", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<?> place(
      InputStream body,
      @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String idempotencyKey)
      throws IOException {
    PlaceResult result = orders.place(bodies.newOrder(body, idempotencyKey));
    if (result instanceof PlaceResult.Placed placed) {
      return ResponseEntity.created(location(placed.orderId())).body(order(placed.orderId()));
    }
    if (result instanceof PlaceResult.AlreadyPlaced placed) {
      return ResponseEntity.ok().location(location(placed.orderId())).body(order(placed.orderId()));
    }
    if (result instanceof PlaceResult.Conflict conflict) {
      return Problems.of(
          HttpStatus.UNPROCESSABLE_CONTENT,
          "idempotency-key-reused",
          "idempotency key \"%s\" belongs to order \"%s\", which has other content: use a new key"
              .formatted(conflict.idempotencyKey(), conflict.orderId()));
    }
    return Problems.of(
        HttpStatus.UNPROCESSABLE_CONTENT,
        "order-refused",
        "the order can't be taken as it is",
        ((PlaceResult.Refused) result).problems());
  }

  @GetMapping("/orders/{orderId}")
  ResponseEntity<?> show(@PathVariable String orderId) {
    return orders
        .find(orderId)
        .<ResponseEntity<?>>map(ResponseEntity::ok)
        .orElseGet(() -> notFound(orderId));
  }

  @PostMapping("/orders/{orderId}/cancellation")
  ResponseEntity<?> cancel(@PathVariable String orderId, InputStream body) throws IOException {
    String given = bodies.cancellationReason(body);
    String reason = given == null ? "cancelled by the customer" : given;
    if (reason.isBlank() || reason.length() > REASON_LENGTH_MAX || reason.indexOf('\0') >= 0) {
      return Problems.of(
          HttpStatus.UNPROCESSABLE_CONTENT,
          "bad-reason",
          "the reason is not a text of 1 to %d characters".formatted(REASON_LENGTH_MAX));
    }
    CancelResult result = orders.cancel(orderId, reason);
    if (result instanceof CancelResult.NotFound) {
      return notFound(orderId);
    }
    if (result instanceof CancelResult.TooLate late) {
      return Problems.of(
          HttpStatus.CONFLICT,
          "too-late",
          "order \"%s\" is %s: only an order that is not packed yet can be cancelled"
              .formatted(orderId, late.state()));
    }
    return ResponseEntity.status(
            result instanceof CancelResult.Asked ? HttpStatus.ACCEPTED : HttpStatus.OK)
        .body(order(orderId));
  }

  private Order order(String orderId) {
    return orders.find(orderId).orElseThrow();
  }

  private static URI location(String orderId) {
    return URI.create("/orders/" + orderId);
  }

  private static ResponseEntity<?> notFound(String orderId) {
    return Problems.of(
        HttpStatus.NOT_FOUND,
        "unknown-order",
        "order \"%s\" is not known".formatted(orderId),
        List.of());
  }
}
