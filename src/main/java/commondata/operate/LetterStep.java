package commondata.operate;

/** What became of one letter of a set. */
public record LetterStep(long letter, LetterResult result) {}
