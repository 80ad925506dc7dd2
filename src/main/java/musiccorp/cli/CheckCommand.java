package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.CheckReport;
import commondata.operate.Invariant;
import commondata.operate.Unsettled;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Proves in SQL that nothing is lost or doubled and the money adds up. */
@Command(
    name = "check",
    description = "Reads every invariant in one snapshot, and shows the rows that break it.",
    footer = {
      "",
      "Exit code: 0 all hold, 1 one is broken, 6 all hold but work is still under way.",
      "The same in SQL: SELECT * FROM invariant.check()"
    })
final class CheckCommand extends CliCommand {

  @Option(
      names = "--sample",
      paramLabel = "ROWS",
      defaultValue = "20",
      description = "Offending rows to show at most (default ${DEFAULT-VALUE})")
  private int sample;

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      CheckReport report = session.operate().check(Math.max(1, sample));
      if (output().json()) {
        output().object(json(report), out -> {});
      } else {
        print(report);
      }
      suggest(report);
      return exitCode(report);
    }
  }

  private static int exitCode(CheckReport report) {
    if (report.violations() > 0) {
      return ExitCode.CHECK_FAILED;
    }
    return report.unsettledCount() > 0 ? ExitCode.CANNOT_TELL_YET : ExitCode.OK;
  }

  private static Map<String, Object> json(CheckReport report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("invariants", report.invariants().size());
    json.put("violations", report.violations());
    json.put("unsettled", report.unsettledCount());
    json.put("results", report.invariants().stream().map(CheckCommand::json).toList());
    json.put("unsettledWork", report.unsettled());
    return json;
  }

  private static Map<String, Object> json(Invariant invariant) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", invariant.name());
    json.put("sentence", invariant.sentence());
    json.put("lookedAt", invariant.lookedAt());
    json.put("violations", invariant.violations());
    json.put("offending", invariant.offending().stream().map(Json::parsed).toList());
    return json;
  }

  private void print(CheckReport report) {
    Rows rows = new Rows("invariant", "lookedAt", "violations", "sentence");
    for (Invariant each : report.invariants()) {
      rows.add(each.name(), each.lookedAt(), each.violations(), each.sentence());
    }
    output().rows(rows);
    List<Invariant> broken =
        report.invariants().stream().filter(each -> each.violations() > 0).toList();
    if (!broken.isEmpty()) {
      Rows offending = new Rows("broken", "row");
      broken.forEach(each -> each.offending().forEach(row -> offending.add(each.name(), row)));
      output().rows(offending);
    }
    if (!report.unsettled().isEmpty()) {
      Rows unsettled = new Rows("unsettled", "id", "detail");
      for (Unsettled each : report.unsettled()) {
        unsettled.add(each.what(), each.id(), each.detail());
      }
      output().rows(unsettled);
    }
  }

  private void suggest(CheckReport report) {
    int invariants = report.invariants().size();
    if (report.violations() > 0) {
      output()
          .say(
              "%d %s an invariant. Next: ./commondata trace ID, with an id from a row above"
                  .formatted(
                      report.violations(),
                      Plural.of(report.violations(), "row breaks", "rows break")));
    } else if (report.unsettledCount() > 0) {
      output()
          .say(
              "All %d invariants hold; %d %s still under way. Next: ./commondata lag"
                  .formatted(
                      invariants,
                      report.unsettledCount(),
                      Plural.of(report.unsettledCount(), "thing is", "things are")));
    } else {
      output().say("All %d invariants hold, and nothing is under way.".formatted(invariants));
    }
  }
}
