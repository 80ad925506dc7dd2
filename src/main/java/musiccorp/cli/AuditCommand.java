package musiccorp.cli;

import commondata.operate.ActEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What operators did. */
@Command(
    name = "audit",
    description = "Shows what operators did, the latest first.",
    footer = {
      "",
      "The hash of the latest act covers all acts before it: write it down elsewhere,",
      "and a later change of any of them can be proven. ./commondata check recomputes",
      "the chain."
    })
final class AuditCommand extends CliCommand {

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description = "Only acts on this, such as \"dead letter 7\" or \"subscription payment\"")
  private @Nullable String target;

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "100",
      description = "Rows to show at most (default ${DEFAULT-VALUE})")
  private int limit;

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      List<ActEntry> acts = session.operate().acts(target, positive("--limit", limit));
      Rows rows =
          new Rows(
              "id", "actedAt", "actor", "login", "act", "target", "reason", "before", "after",
              "hash");
      for (ActEntry each : acts) {
        rows.add(
            each.id(),
            each.actedAt(),
            each.actor(),
            each.login(),
            each.act(),
            each.target(),
            each.reason(),
            shown(each.before()),
            shown(each.after()),
            output().json() ? each.hash() : each.hash().substring(0, 12));
      }
      output().rows(rows);
      output().say("Next: ./commondata check");
      return ExitCode.OK;
    }
  }

  private @Nullable Object shown(@Nullable String json) {
    return json == null || !output().json() ? json : Json.parsed(json);
  }
}
