package commondata.feed;

import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.util.ArrayList;
import java.util.List;

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
    for (JobDefinition job : catalog.all()) {
      try {
        if (job.isFeed()) {
          Feed.layout(job);
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
}
