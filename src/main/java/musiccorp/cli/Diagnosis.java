package musiccorp.cli;

/** What the doctor found, a line a check. */
final class Diagnosis {

  private final Rows rows = new Rows("check", "result", "detail");
  private boolean failed;

  void ok(String check, String detail) {
    rows.add(check, "ok", detail);
  }

  void skip(String check, String detail) {
    rows.add(check, "skipped", detail);
  }

  /** Works, but somebody should look at it. */
  void warn(String check, String detail) {
    rows.add(check, "warning", detail);
  }

  void fail(String check, String detail) {
    rows.add(check, "FAILED", detail);
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
