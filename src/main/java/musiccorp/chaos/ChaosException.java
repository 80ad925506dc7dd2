package musiccorp.chaos;

/** The chaos run itself could not go on; says nothing about the system under it. */
final class ChaosException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ChaosException(String message) {
    super(message);
  }

  ChaosException(String message, Throwable cause) {
    super(message, cause);
  }
}
