package commondata.job;

import java.util.Locale;

/** What started a run. */
public enum StartedBy {
  SCHEDULE,
  HAND,
  FILE;

  /** As {@code commondata.run.started_by} has it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
