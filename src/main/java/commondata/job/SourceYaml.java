package commondata.job;

import java.time.Duration;
import java.time.LocalTime;
import java.time.Period;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The key source of a job.yaml as it is written. */
record SourceYaml(
    String feed,
    String layout,
    @Nullable String ready,
    @Nullable String quiet,
    @Nullable String name,
    @Nullable ExpectYaml expect,
    @Nullable String keep,
    @Nullable Long maxBytes,
    @Nullable String supersede) {

  private static final Duration QUIET = Duration.ofSeconds(5);

  record ExpectYaml(
      String cutoff, @Nullable String zone, @Nullable String calendar, @Nullable Integer days) {

    private Expectation expectation(YamlFile file) {
      return new Expectation(
          LocalTime.parse(cutoff),
          JobYaml.zone("/source/expect/zone", zone, file),
          BusinessCalendar.of(calendar, file),
          days == null ? 0 : days);
    }
  }

  Source source(YamlFile file) {
    Ready.Sign sign =
        ready == null ? Ready.Sign.RENAME : Ready.Sign.valueOf(ready.toUpperCase(Locale.ROOT));
    if (quiet != null && sign != Ready.Sign.STABLE) {
      throw file.error(
          "/source/quiet",
          "is for ready: stable, but the source has ready: "
              + sign.name().toLowerCase(Locale.ROOT));
    }
    NamePattern names = name == null ? null : NamePattern.of(name, file);
    Expectation expected = expect == null ? null : expect.expectation(file);
    requireDates(names, expected, file);
    return new Source(
        feed,
        layout,
        new Ready(sign, quiet == null ? QUIET : JobYaml.duration(quiet)),
        names,
        expected,
        keep == null ? null : Period.parse("P" + keep),
        maxBytes,
        supersede != null);
  }

  /** The day on which a file came may be another one than it is about. */
  private void requireDates(
      @Nullable NamePattern names, @Nullable Expectation expected, YamlFile file) {
    if (names != null && names.saysBusinessDate()) {
      return;
    }
    String asNames =
        "needs the group \"business_date\" in source.name: a file whose name has no date would count"
            + " for the day on which it came, ";
    if (supersede != null) {
      throw file.error(
          "/source/supersede", asNames + "and yesterday's that is late be superseded by today's");
    }
    if (expected != null && expected.days() > 0) {
      throw file.error(
          "/source/expect/days", asNames + "and no longer for the one it was expected of");
    }
  }
}
