package commondata.feed;

import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The layouts of all jobs, of files that come in and of files that go out. */
public final class Layouts {

  private Layouts() {}

  /**
   * Reads every layout, as a node will.
   *
   * @throws DefinitionException with every job's error in the message
   */
  public static void check(JobCatalog catalog) {
    List<String> errors = new ArrayList<>();
    Map<String, String> staging = new HashMap<>();
    for (JobDefinition job : catalog.all()) {
      try {
        if (job.isFeed()) {
          takeStaging(job, Feed.layout(job), staging);
        }
        FileExport.requireLayouts(job);
      } catch (DefinitionException e) {
        errors.add(e.getMessage());
      }
    }
    if (!errors.isEmpty()) {
      throw new DefinitionException(String.join("\n", errors));
    }
  }

  /** A feed empties its staging table as a whole: nobody else's rows may lie there. */
  private static void takeStaging(JobDefinition job, Layout layout, Map<String, String> staging) {
    if (layout.appends()) {
      return;
    }
    for (String table : layout.tables()) {
      String other = staging.putIfAbsent(table, job.name());
      if (other != null) {
        throw new DefinitionException(
            "%s: staging table \"%s\" is that of feed \"%s\" already: give each feed one of its own"
                .formatted(job.folder().locationOf(Feed.layoutFile(job)), table, other));
      }
    }
  }
}
