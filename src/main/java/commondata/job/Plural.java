package commondata.job;

/** The word behind a number in a message. */
public final class Plural {

  private Plural() {}

  /** A noun that takes an s where there is not just one. */
  public static String of(long count, String noun) {
    return of(count, noun, noun + "s");
  }

  /** A noun with its verb, such as {@code record is} and {@code records are}. */
  public static String of(long count, String one, String many) {
    return count == 1 ? one : many;
  }
}
