package commondata.feed;

/** A file's content is not what was claimed. */
final class ChangedContentException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ChangedContentException(long file) {
    super("file " + file + " changed after it was claimed");
  }
}
