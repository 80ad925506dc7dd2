package musiccorp.order;

import java.net.URI;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Every error as {@code application/problem+json} (RFC 9457). */
@RestControllerAdvice
final class Problems extends ResponseEntityExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final String RETRY_SECONDS = "2";

  static ResponseEntity<ProblemDetail> of(HttpStatus status, String type, String detail) {
    return of(status, type, detail, List.of());
  }

  static ResponseEntity<ProblemDetail> of(
      HttpStatus status, String type, String detail, List<PlaceResult.Problem> errors) {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
    problem.setType(URI.create("urn:musiccorp:problem:" + type));
    if (!errors.isEmpty()) {
      problem.setProperty("errors", errors);
    }
    return ResponseEntity.status(status)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(problem);
  }

  @ExceptionHandler
  ResponseEntity<ProblemDetail> badRequest(RequestBodies.BadRequestException e) {
    return of(
        HttpStatus.BAD_REQUEST, "bad-request", "the body can't be read as asked for", e.problems());
  }

  @ExceptionHandler
  ResponseEntity<ProblemDetail> tooLarge(RequestBodies.TooLargeException e) {
    return of(
        HttpStatus.CONTENT_TOO_LARGE,
        "too-large",
        "the body has more than %d bytes".formatted(RequestBodies.BYTES_MAX));
  }

  /** The database is away or busy: the same request may succeed in a moment. */
  @ExceptionHandler({
    CannotCreateTransactionException.class,
    DataAccessResourceFailureException.class,
    TransientDataAccessException.class
  })
  ResponseEntity<ProblemDetail> unavailable(RuntimeException e) {
    LOG.warn("the database can't be used: {}", e.getMessage());
    ResponseEntity<ProblemDetail> problem =
        of(
            HttpStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "the database can't be used right now: nothing was done, try again");
    return ResponseEntity.status(problem.getStatusCode())
        .header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(problem.getBody());
  }

  /** What went wrong is for the log, not for the client. */
  @ExceptionHandler
  ResponseEntity<ProblemDetail> unexpected(Exception e) {
    LOG.error("a request failed", e);
    return of(
        HttpStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "something went wrong here; the node's log has the reason");
  }
}
