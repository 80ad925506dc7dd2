package musiccorp.demo;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * Tells one story to a running company and sums up. The order of the steps is the story's: master
 * data, orders from stores and over REST, the bank, fraud flags, orders of flagged customers,
 * reconciliation, extract, check. Between them it waits until everything is settled.
 *
 * <p>It may be killed at any moment: the story is fixed by its number, which the home remembers,
 * and every act in it is one that the company takes once, however often it comes.
 */
public final class Demo {

  private static final long DATABASE_AWAY_MILLIS = 120_000;

  private final Company company;
  private final Books books;
  private final DropBox drop;
  private final Progress progress;

  /**
   * What to tell.
   *
   * @param orders how many, on the sample data
   * @param data folder of the Chinook music store to tell instead, or null
   */
  public record Options(int orders, @Nullable Path data) {}

  /** What it came to. */
  public record Result(Map<String, Object> json, String text, String anOrder, int exitCode) {}

  Demo(Company company, Progress progress) {
    this.company = company;
    this.books = company.books();
    this.drop = new DropBox(company.drop());
    this.progress = progress;
  }

  /** What is told, known before anything is started. */
  interface Source {

    String name();

    Story story(int number, LocalDate today);
  }

  /**
   * Reads what is to be told.
   *
   * @throws DemoException if the data is not there or not as it must be
   */
  static Source source(Options options) {
    Path data = options.data();
    if (data != null) {
      Story story = Chinook.read(data);
      return new NamedSource(data.toAbsolutePath().normalize().toString(), (n, today) -> story);
    }
    return new NamedSource(
        options.orders() + " orders", (n, today) -> OrderPlan.of(n, options.orders(), today));
  }

  private record NamedSource(String name, BiFunction<Integer, LocalDate, Story> stories)
      implements Source {

    @Override
    public Story story(int number, LocalDate today) {
      return stories.apply(number, today);
    }
  }

  Result run(Source source) {
    RunBook book = new RunBook(company.home());
    RunBook.Entry entry = book.open(source.name(), books.usedNumber(), books.now());
    Story story = source.story(entry.number(), entry.today());
    progress.remark(
        (entry.again() ? "going on with demo %d: %s" : "demo %d: %s")
            .formatted(entry.number(), story.title()));
    try (World world = new World(new Carrier(drop), new Operator(company))) {
      tell(story, entry.today(), new Settlement(company, story, drop, world, progress));
    }
    Result result = result(story, sumUp(story, entry));
    book.close(entry);
    return result;
  }

  private void tell(Story story, LocalDate today, Settlement settlement) {
    progress.step("catalog and customers");
    drop(story.masterData());
    settlement.await();
    progress.step("orders");
    drop(story.firstWave());
    if (!story.restOrders().isEmpty()) {
      RestCustomers.Outcome outcome =
          new RestCustomers(company.rest(), progress).place(story.restOrders());
      if (outcome.cancelTooLate() > 0) {
        progress.remark(outcome.cancelTooLate() + " cancellations came too late: packed already");
      }
    }
    settlement.await();
    if (!story.bank().isEmpty()) {
      progress.step("the bank takes money back");
      drop(story.bank());
      settlement.await();
    }
    job("fraud-flags", List.of(today));
    if (!story.secondWave().isEmpty()) {
      progress.step("orders of flagged customers");
      drop(story.secondWave());
      settlement.await();
    }
    job("reconcile-payments", story.dates());
    job("warehouse-extract", story.dates());
    settlement.await();
  }

  private void drop(List<FeedFile> files) {
    for (FeedFile file : files) {
      Set<String> seen = patiently(() -> books.seen(file.feed()));
      if (!seen.contains(file.name())) {
        drop.put(file);
      }
    }
  }

  private void job(String job, List<LocalDate> dates) {
    progress.step("job " + job);
    for (LocalDate date : dates) {
      progress.show(date.toString());
      int exitCode = patiently(() -> company.runJob(job, date));
      if (exitCode > 4) {
        throw DemoException.failed(
            "job \"%s\" for %s ended with exit code %d; ./commondata run list shows why"
                .formatted(job, date, exitCode));
      }
    }
  }

  private Summary sumUp(Story story, RunBook.Entry entry) {
    progress.step("check");
    Company.Check check = patiently(company::check);
    return patiently(
        () ->
            new Summary(
                books.placed(story),
                books.byState(story),
                books.money(story),
                books.published(entry.startedAt()),
                books.readers(entry.startedAt()),
                books.files(entry.startedAt()),
                books.flags(),
                check));
  }

  private Result result(Story story, Summary summary) {
    progress.finishLine();
    java.io.StringWriter text = new java.io.StringWriter();
    PrintWriter out = new PrintWriter(text);
    boolean asPlanned = summary.placed().equals(story.planned());
    out.println(
        asPlanned
            ? "The totals placed equal those of the data: " + story.planned()
            : "The totals placed differ from those of the data: placed %s, but the data has %s"
                .formatted(summary.placed(), story.planned()));
    out.println();
    SummaryText.print(summary, progress.seconds(), out);
    out.flush();
    return new Result(
        summary.json(), text.toString(), books.anOrder(story), exitCode(summary, asPlanned));
  }

  private static int exitCode(Summary summary, boolean asPlanned) {
    if (summary.check().violations() > 0 || !asPlanned) {
      return 1;
    }
    return summary.check().undecided() ? 6 : 0;
  }

  /** A server that is away for a while (killed and started again) ends nothing. */
  private <T> T patiently(Supplier<T> look) {
    long end = System.nanoTime() + DATABASE_AWAY_MILLIS * 1_000_000;
    while (true) {
      try {
        return look.get();
      } catch (DataAccessException e) {
        String why = String.valueOf(e.getMostSpecificCause().getMessage());
        if (System.nanoTime() > end) {
          throw DemoException.unreachable("the database is away: " + why, e);
        }
        progress.show("the database is away: " + why);
        Pause.millis(500);
      }
    }
  }
}
