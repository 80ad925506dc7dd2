package commondata.job;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as its folder declares it.
 *
 * @param name name of the folder
 * @param owner login that runs it
 * @param schedule when it starts by itself, if it does
 * @param source files that start it, if any: the job is then a feed
 * @param onlyIf SQL that says whether there is work at all; a scheduled start without work is no
 *     run
 * @param steps what it does, in order
 * @param publishes event types it may publish; null: any
 * @param timeout longest time its statements may take together; for a feed, each of them
 */
public record JobDefinition(
    String name,
    String description,
    String owner,
    @Nullable Schedule schedule,
    @Nullable Source source,
    @Nullable SqlScript onlyIf,
    List<Param> params,
    List<Step> steps,
    RejectLimit rejects,
    @Nullable List<String> publishes,
    Duration timeout,
    JobFolder folder) {

  public JobDefinition {
    params = List.copyOf(params);
    steps = List.copyOf(steps);
    publishes = publishes == null ? null : List.copyOf(publishes);
  }

  /** Whether files start it. */
  public boolean isFeed() {
    return source != null;
  }
}
