package commondata.job;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matches texts that come from outside, of which none may keep the program busy: where a pattern
 * backtracks without end, the match is given up after {@value #LOOKS_MAX} looks at a character, or
 * when it would need more stack than there is.
 */
public final class BoundedMatch {

  static final int LOOKS_MAX = 1_000_000;

  private BoundedMatch() {}

  /**
   * Tries a pattern on the whole of a text.
   *
   * @throws GivenUpException if it can't be told whether the text matches
   */
  public static Match of(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(new Bounded(text));
    try {
      return new Match(matcher, matcher.matches());
    } catch (StackOverflowError e) {
      // A group that is repeated, such as (a|b)+, is a call a character.
      throw new GivenUpException("within the stack there is");
    }
  }

  /**
   * What came of it.
   *
   * @param groups asked only if it matches
   */
  public record Match(Matcher groups, boolean matches) {}

  /** It could not be told whether a text matches. */
  public static final class GivenUpException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private GivenUpException(String limit) {
      super("can't be told " + limit);
    }
  }

  /** A text whose characters can be looked at only so often. */
  private static final class Bounded implements CharSequence {

    private final String text;
    private int looks;

    Bounded(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (looks++ >= LOOKS_MAX) {
        throw new GivenUpException("within " + LOOKS_MAX + " looks");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int begin, int end) {
      return text.substring(begin, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
