package commondata.feed;

import commondata.database.Database;
import commondata.job.Expectation;
import commondata.job.JobDefinition;
import commondata.job.Plural;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does for its feeds besides loading files, each hour: it says which files are expected
 * in the next two weeks, removes tables that files which are not loaded had for themselves, and
 * files that were kept as long as they must be with what was refused of them, also those that went
 * out. Any number of nodes may do so. A poll is for one feed or what one job sends, so that what
 * fails for one does not keep another from it.
 */
public final class FeedUpkeep implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(FeedUpkeep.class);
  private static final Duration INTERVAL = Duration.ofHours(1);
  private static final int DAYS_AHEAD = 14;

  /** The last cutoff of a business date may be a week of holidays behind it. */
  private static final int DAYS_BACK = 30;

  private static final String EXPECT =
      """
      SELECT commondata.expect_files(
          :feed,
          CAST(:business_dates AS date[]),
          CAST(:due_ats AS timestamptz[])
      )
      """;

  private static final String REMOVE =
      """
      SELECT r.id
      FROM commondata.remove_files(:feed, :ids) AS r (id)
      """;

  private static final String SWEEP =
      """
      SELECT commondata.sweep_file_tables(:feed, :table)
      """;

  private static final String REMOVE_REJECTS =
      """
      SELECT commondata.remove_rejects(:feed, :ended_before)
      """;

  private final List<Runnable> chores;
  private final Clock clock;
  private final Pace pace = Pace.between(INTERVAL, INTERVAL);
  private int next;

  FeedUpkeep(List<Feed> feeds, List<SentFiles> sent, Clock clock) {
    this.chores =
        Stream.concat(
                feeds.stream().map(feed -> (Runnable) () -> lookAfter(feed)),
                sent.stream().map(files -> () -> files.removeOld(LocalDate.now(clock))))
            .toList();
    this.clock = clock;
  }

  /**
   * The upkeep of all feeds among some jobs.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @param node name of this process
   */
  public static FeedUpkeep of(
      List<JobDefinition> jobs, Database database, Path dropRoot, String node, Clock clock) {
    return new FeedUpkeep(
        jobs.stream()
            .filter(JobDefinition::isFeed)
            .map(job -> Feed.of(job, database.bulkLogin(job.owner()), dropRoot, node))
            .toList(),
        jobs.stream().flatMap(job -> sent(job, database, dropRoot)).toList(),
        clock);
  }

  private static Stream<SentFiles> sent(JobDefinition job, Database database, Path dropRoot) {
    return FileExport.exports(job).stream()
        .map(step -> new SentFiles(step, database.login(job.owner()), dropRoot));
  }

  @Override
  public String name() {
    return "feed-upkeep";
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(pace);
  }

  /** Looks after the next feed; false after the last one. */
  @Override
  public boolean pollOnce() {
    if (chores.isEmpty()) {
      return false;
    }
    Runnable chore = chores.get(next);
    next = (next + 1) % chores.size();
    chore.run();
    return next > 0;
  }

  private void lookAfter(Feed feed) {
    expect(feed);
    new RejectedLoads(feed).discard();
    sweep(feed);
    feed.drop().claimed().sweep(clock.instant().minus(INTERVAL));
    remove(feed);
  }

  private void expect(Feed feed) {
    Expectation expected = feed.source().expect();
    LocalDate today = LocalDate.now(clock);
    List<LocalDate> days =
        expected == null
            ? List.of()
            : today
                .minusDays(DAYS_BACK)
                .datesUntil(today.plusDays(DAYS_AHEAD))
                .filter(expected.calendar()::isBusinessDay)
                .toList();
    feed.login()
        .jdbc()
        .sql(EXPECT)
        .param("feed", feed.name())
        .param("business_dates", texts(days))
        .param(
            "due_ats",
            expected == null ? texts(days) : texts(days.stream().map(expected::dueAt).toList()))
        .query(Integer.class)
        .single();
  }

  private static String[] texts(List<?> values) {
    return values.stream().map(String::valueOf).toArray(String[]::new);
  }

  private static void sweep(Feed feed) {
    List<String> tables = feed.layout().appends() ? feed.layout().tables() : List.of();
    for (String table : tables) {
      long gone =
          feed.login()
              .jdbc()
              .sql(SWEEP)
              .param("feed", feed.name())
              .param("table", table)
              .query(Long.class)
              .single();
      if (gone > 0) {
        LOG.info(
            "{}: {} {} of {} held no file any more",
            feed.name(),
            gone,
            Plural.of(gone, "partition"),
            table);
      }
    }
  }

  private void remove(Feed feed) {
    Period keep = feed.source().keep();
    if (keep == null) {
      return;
    }
    LocalDate from = LocalDate.now(clock).minus(keep);
    removeRejects(feed, from);
    OldFiles files = new OldFiles(feed.drop().root());
    try {
      List<OldFiles.Old> old = files.before(from);
      // The row says so first: a node that dies in between leaves files that the next one removes.
      Set<Long> ended = markRemoved(feed, old);
      int removed = 0;
      for (OldFiles.Old file : old) {
        if (file.id() == 0 || ended.contains(file.id())) {
          files.remove(file);
          removed++;
        }
      }
      if (removed > 0) {
        LOG.info(
            "{}: {} {} kept for {} and removed",
            feed.name(),
            removed,
            Plural.of(removed, "file was", "files were"),
            keep);
      }
    } catch (IOException e) {
      throw new FeedException("old files of feed \"" + feed.name() + "\" can't be removed", e);
    }
  }

  /** Some files a commit, until none is left. */
  private static void removeRejects(Feed feed, LocalDate from) {
    long all = 0;
    long some = 1;
    while (some > 0) {
      some =
          feed.login()
              .jdbc()
              .sql(REMOVE_REJECTS)
              .param("feed", feed.name())
              .param("ended_before", from.atStartOfDay().atOffset(ZoneOffset.UTC))
              .query(Long.class)
              .single();
      all += some;
    }
    if (all > 0) {
      LOG.info(
          "{}: refused records of {} {} that ended before {} are removed",
          feed.name(),
          all,
          Plural.of(all, "file"),
          from);
    }
  }

  private static Set<Long> markRemoved(Feed feed, List<OldFiles.Old> old) {
    Long[] ids =
        old.stream().map(OldFiles.Old::id).filter(id -> id > 0).distinct().toArray(Long[]::new);
    return ids.length == 0
        ? Set.of()
        : new HashSet<>(
            feed.login()
                .jdbc()
                .sql(REMOVE)
                .param("feed", feed.name())
                .param("ids", ids)
                .query(Long.class)
                .list());
  }
}
