package musiccorp.cli;

import commondata.config.NodeName;
import commondata.feed.FileExport;
import commondata.feed.Layouts;
import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.Source;
import commondata.job.Step;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The jobs that commands know: of {@code --jobs}, else the built-in ones. */
final class Catalogs {

  private static final String ELSEWHERE = "Those of another folder: --jobs DIR.";

  private Catalogs() {}

  /** Their folders are read whole, layouts too: whoever gets them can use them. */
  static JobCatalog of(CliOptions options) {
    Path directory = options.jobs();
    try {
      JobCatalog catalog = directory == null ? JobCatalog.packed() : JobCatalog.of(directory);
      Layouts.check(catalog);
      return catalog;
    } catch (DefinitionException e) {
      String mistakes = String.valueOf(e.getMessage()).replace("\n", "; ");
      throw new CliException(ExitCode.USAGE, "The jobs can't be read: %s".formatted(mistakes));
    }
  }

  static JobDefinition require(JobCatalog catalog, String job) {
    return catalog.find(job).orElseThrow(() -> unknown(catalog.whyUnknown(job)));
  }

  /** What to say of a job that is not there. */
  static CliException unknown(String why) {
    String end = why.endsWith("?") ? " " : ". ";
    return new CliException(ExitCode.NOT_FOUND, capitalized(why) + end + ELSEWHERE);
  }

  /** As {@link #require}; refuses a feed, which nobody but a file starts. */
  static JobDefinition requireStartable(JobCatalog catalog, String job) {
    JobDefinition found = require(catalog, job);
    if (found.isFeed()) {
      throw new CliException(
          ExitCode.USAGE,
          "Job \"%1$s\" is a feed: it takes files by itself. Hand one in with ./commondata drop FILE --feed %1$s"
              .formatted(job));
    }
    return found;
  }

  /** Names of the feeds: what {@code drop --feed} takes. */
  static List<String> feeds(JobCatalog catalog) {
    return catalog.all().stream()
        .map(JobDefinition::source)
        .filter(source -> source != null)
        .map(source -> source.feed())
        .sorted()
        .toList();
  }

  /** Refuses what is not one of {@link #feeds}. */
  static void requireFeed(JobCatalog catalog, String feed) {
    require(feed, feeds(catalog));
  }

  /** As {@link #requireFeed}, but a feed that files go out to is one, too. */
  static void requireFeedEitherWay(JobCatalog catalog, String feed) {
    Stream<String> outgoing =
        catalog.all().stream()
            .flatMap(job -> job.steps().stream())
            .filter(Step.Export.class::isInstance)
            .map(step -> ((Step.Export) step).feed());
    require(feed, Stream.concat(feeds(catalog).stream(), outgoing).distinct().sorted().toList());
  }

  private static void require(String feed, List<String> feeds) {
    if (!feeds.contains(feed)) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "Feed \"%s\" is not known. There are: %s. %s"
              .formatted(feed, String.join(", ", feeds), ELSEWHERE));
    }
  }

  /** The job that loads the files of a feed, which must be one of {@link #feeds}. */
  static JobDefinition loading(JobCatalog catalog, String feed) {
    return catalog.all().stream().filter(job -> feed.equals(feedOf(job))).findFirst().orElseThrow();
  }

  private static @Nullable String feedOf(JobDefinition job) {
    Source source = job.source();
    return source == null ? null : source.feed();
  }

  static JobRunner runner(JobCatalog catalog, Session session) {
    return new JobRunner(
        catalog,
        session.database(),
        new FileExport(session.database(), session.home().drop()),
        NodeName.ofThisProcess().value());
  }

  static String capitalized(String sentence) {
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
