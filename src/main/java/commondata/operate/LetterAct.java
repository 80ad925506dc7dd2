package commondata.operate;

import java.util.Locale;

/** What an operator does with a dead letter as it is. */
public enum LetterAct {
  /** The reader tries it again, at the head of its key's chain. */
  REPLAY,
  /** It is given up, and its key goes on. */
  DISCARD;

  String column() {
    return name().toLowerCase(Locale.ROOT);
  }
}
