package musiccorp.cli;

import java.util.function.UnaryOperator;

/** What the doctor found, a line a check. */
final class Diagnosis {

  private final Rows rows = new Rows("check", "result", "detail");
  private final UnaryOperator<String> hints;
  private boolean failed;

  /**
   * @param hints makes of a detail one whose commands work here
   */
  Diagnosis(UnaryOperator<String> hints) {
    this.hints = hints;
  }

  void ok(String check, String detail) {
    rows.add(check, "ok", detail);
  }

  void skip(String check, String detail) {
    rows.add(check, "skipped", hints.apply(detail));
  }

  /** Works, but somebody should look at it. */
  void warn(String check, String detail) {
    rows.add(check, "warning", hints.apply(detail));
  }

  void fail(String check, String detail) {
    rows.add(check, "FAILED", hints.apply(detail));
    failed = true;
  }

  void require(boolean good, String check, String detail, String otherwise) {
    if (good) {
      ok(check, detail);
    } else {
      fail(check, otherwise);
    }
  }

  void expect(boolean good, String check, String detail, String otherwise) {
    if (good) {
      ok(check, detail);
    } else {
      warn(check, otherwise);
    }
  }

  Rows rows() {
    return rows;
  }

  boolean hasFailure() {
    return failed;
  }
}
