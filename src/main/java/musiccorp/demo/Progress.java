package musiccorp.demo;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * Says on stderr what goes on: one line that changes on a terminal, a line a step and now and then
 * one more elsewhere.
 */
final class Progress {

  private static final long PLAIN_LINE_NANOS = 5_000_000_000L;

  private final PrintWriter err;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private String step = "";
  private long lastPlainLine;
  private int width;
  private boolean over;
  private boolean isBrokenOff;

  Progress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** A new step begins. */
  synchronized void step(String what) {
    if (over) {
      return;
    }
    finishLine();
    step = what;
    lastPlainLine = System.nanoTime();
    err.print(line(what) + (terminal ? "" : "\n"));
    width = terminal ? line(what).length() : 0;
    err.flush();
  }

  /** How far the step is. */
  synchronized void show(String detail) {
    if (over) {
      return;
    }
    String line = line(step + ": " + detail);
    if (terminal) {
      err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      width = line.length();
    } else if (System.nanoTime() - lastPlainLine > PLAIN_LINE_NANOS) {
      lastPlainLine = System.nanoTime();
      err.println(line);
    }
    err.flush();
  }

  /** All is told: nothing more is shown. */
  synchronized void end() {
    over = true;
  }

  /** A last remark before the time, if there is still something to tell. */
  synchronized void breakOff(String sentence) {
    isBrokenOff = !over;
    remark(sentence);
    over = true;
  }

  synchronized boolean isBrokenOff() {
    return isBrokenOff;
  }

  /** A remark that stays. */
  synchronized void remark(String sentence) {
    if (over) {
      return;
    }
    finishLine();
    err.println(line(sentence));
    err.flush();
  }

  synchronized void finishLine() {
    if (terminal && width > 0) {
      err.println();
      width = 0;
      err.flush();
    }
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  private String line(String text) {
    return String.format(Locale.ROOT, "%6.1f s  %s", seconds(), text);
  }
}
