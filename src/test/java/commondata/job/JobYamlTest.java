package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Period;
import java.time.ZoneId;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JobYamlTest {

  private static final String GOOD =
      """
      id: flags
      description: Computes flags
      owner: fraud_service
      schedule:
        cron: "0/30 * * * * ?"
        zone: Europe/Berlin
      params:
        amount: {type: decimal, value: 500.00, description: Limit}
      steps:
        - sql: flags.sql
      timeout: 90s
      """;

  private static final String FEED =
      """
      id: flags
      owner: fraud_service
      source:
        {feed: flags, layout: layout.yaml}
      params:
        amount: {type: decimal, value: 500.00}
      steps:
        - sql: flags.sql
      """;

  private static JobDefinition read(String yaml) {
    Map<String, String> files =
        Map.of(
            "job.yaml",
            yaml,
            "flags.sql",
            "SELECT :amount, :business_date",
            "two.sql",
            "SELECT 1;\nSELECT 2;\n",
            "lines.sql",
            "SELECT :line_from, :line_to;\n",
            "unbounded.sql",
            "SELECT :line_from, :line_to;\n\nSELECT :file_id, :line_from;\n");
    return JobYaml.read(
        new JobFolder(
            "flags",
            "batch-jobs/flags",
            name -> {
              String text = files.get(name);
              if (text == null) {
                throw new DefinitionException("file \"" + name + "\" is missing");
              }
              return text;
            }));
  }

  @Test
  void readsAJob() {
    JobDefinition job = read(GOOD);

    assertThat(job.name()).isEqualTo("flags");
    assertThat(job.schedule())
        .isEqualTo(
            new Schedule("0/30 * * * * ?", ZoneId.of("Europe/Berlin"), 0, Schedule.Missed.EACH));
    assertThat(job.params()).extracting(Param::value).containsExactly("500.00");
    assertThat(job.steps()).hasSize(1);
    assertThat(job.timeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(job.isFeed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 30 5 * * | Unexpected end of expression",
        "0 0 25 * * ? | Hour values must be between 0 and 23",
        "0 0 2 31 2 ? | never due",
        "0 0 0 1 1 ? 2020 | never due"
      })
  void refusesACronExpressionThatIsNeverDue(String cron, String why) {
    assertThatThrownBy(() -> read(GOOD.replace("0/30 * * * * ?", cron)))
        .isInstanceOf(DefinitionException.class)
        .hasMessageStartingWith("batch-jobs/flags/job.yaml, line 5: key \"schedule.cron\"")
        .hasMessageContaining(cron)
        .hasMessageContaining(why);
  }

  @Test
  void saysWhichKeyWasProbablyMeant() {
    assertThatThrownBy(() -> read(GOOD.replace("description: Computes", "descripton: Computes")))
        .isInstanceOf(DefinitionException.class)
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 2: key \"descripton\" is not known;"
                + " did you mean \"description\"?");
    assertThatThrownBy(() -> read(GOOD.replace("zone:", "zon:")))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 6: key \"schedule.zon\" is not known;"
                + " did you mean \"zone\"?");
    assertThatThrownBy(() -> read(GOOD.replace("- sql:", "- sqll:")))
        .hasMessageContaining(
            "line 10: key \"sqll\" (entry 1 of \"steps\") is not known; did you mean \"sql\"?");
    assertThatThrownBy(() -> read(GOOD.replace("value: 500", "valeu: 500")))
        .hasMessageContaining("line 8: key \"params.amount.valeu\" is not known");
  }

  @Test
  void namesEveryErrorWithItsLine() {
    assertThatThrownBy(
            () -> read(GOOD.replace("owner: fraud_service", "owner: 7").replace("90s", "soon")))
        .hasMessageContaining("line 3: key \"owner\" must be string, but is \"7\"")
        .hasMessageContaining(
            "line 11: key \"timeout\" must be a duration such as 30s, but is \"soon\"");
    assertThatThrownBy(() -> read(GOOD.replace("90s", "30")))
        .hasMessageContaining(
            "line 11: key \"timeout\" must be a duration such as 30s, but is \"30\"");
  }

  @Test
  void namesAKeyThatIsMissing() {
    assertThatThrownBy(() -> read(GOOD.replace("owner: fraud_service\n", "")))
        .hasMessageContaining("lacks the key \"owner\"");
  }

  @Test
  void onlyAFeedNeedsNoSteps() {
    String without = GOOD.replace("steps:\n  - sql: flags.sql\n", "");

    assertThatThrownBy(() -> read(without))
        .hasMessageContaining("lacks the key \"steps\": only a job with a source can do without");
    assertThat(read("id: flags\nowner: a\nsource: {feed: flags, layout: layout.yaml}\n").steps())
        .isEmpty();
  }

  @Test
  void refusesAnIdThatIsNotTheFolders() {
    assertThatThrownBy(() -> read(GOOD.replace("id: flags", "id: flag")))
        .hasMessageContaining("line 1: key \"id\" must be the folder's name \"flags\"");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThatThrownBy(() -> read(GOOD.replace("sql: flags.sql", "sql: flag.sql")))
        .hasMessageContaining(
            "line 10: key \"sql\" (entry 1 of \"steps\") names a file that is not in the folder");
  }

  @Test
  void refusesWhatIsNoPlainYaml() {
    assertThatThrownBy(() -> read("id: flags\nid: flags\n"))
        .hasMessageContaining("line 2: key \"id\" stands here twice");
    assertThatThrownBy(() -> read("id: [flags\n")).hasMessageContaining("no YAML");
    assertThatThrownBy(() -> read("")).hasMessageContaining("the file is empty");
    assertThatThrownBy(() -> read(GOOD.replace("Computes flags", "!!java.net.URL [x]")))
        .hasMessageContaining("Global tag is not allowed");
  }

  @Test
  void refusesAParameterWhoseValueIsNotOfItsType() {
    assertThatThrownBy(() -> read(GOOD.replace("value: 500.00", "value: much")))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 8: key \"params.amount.value\" must be of type"
                + " decimal, but is \"much\"");
  }

  @Test
  void refusesAParameterWithTheNameOfAValueThatIsGiven() {
    assertThatThrownBy(() -> read(GOOD.replace("amount:", "line_to:")))
        .hasMessageContaining(
            "line 8: key \"params.line_to\" is a name that every job is given a value of");
  }

  @Test
  void refusesAFeedWhoseDirectoryIsNamedOtherwise() {
    String feed = GOOD.replace("steps:", "source: {feed: flag, layout: layout.yaml}\nsteps:");

    assertThatThrownBy(() -> read(feed))
        .hasMessageContaining(
            "line 9: key \"source.feed\" must be the job's id \"flags\", but is \"flag\"");
  }

  @Test
  void refusesAnExportThatIsNoneOrNotOne() {
    String export = "- export: {query: flags.sql, layout: l.yaml, feed: flags, name: \"{run_id}\"}";
    String feed = FEED.replace("- sql: flags.sql", export);
    assertThatThrownBy(() -> read(feed))
        .hasMessageContaining(
            "line 8: key \"export\" (entry 1 of \"steps\") writes a file, which a job with");
    assertThatThrownBy(
            () -> read(GOOD.replace("- sql: flags.sql", export.replace("flags.sql", "two.sql"))))
        .hasMessageContaining(
            "line 10: key \"export.query\" (entry 1 of \"steps\") must have one statement, the query, but"
                + " \"two.sql\" has 2");
  }

  @Test
  void refusesWhatNobodyAsks() {
    assertThatThrownBy(() -> read(FEED + "schedule: {cron: \"0 0 * * * ?\"}\n"))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 9: key \"schedule\" starts nothing: a job with a source"
                + " runs when a file comes; take one away");
    assertThatThrownBy(() -> read(FEED + "only_if: flags.sql\n"))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 9: key \"only_if\" is asked at scheduled starts, but the"
                + " job has no schedule");
    assertThatThrownBy(() -> read(GOOD + "rejects: {max: 3}\n"))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 12: key \"rejects\" is about records of a file, but the"
                + " job has no source");
    assertThatThrownBy(() -> read(FEED.replace("layout.yaml", "layout.yaml, quiet: 9s")))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 4: key \"source.quiet\" is for ready: stable, but the"
                + " source has ready: rename");
    assertThat(read(FEED.replace("layout.yaml", "layout.yaml, ready: stable, quiet: 9s")).source())
        .isNotNull();
  }

  private static JobDefinition export(String more) {
    return read(
        GOOD.replace(
            "- sql: flags.sql",
            "- export:\n      {query: flags.sql, layout: l.yaml, feed: flags, %s}"
                .formatted(more)));
  }

  @Test
  void readsHowLongAnExportWaitsAndIsKept() {
    assertThat(export("name: \"a-{run_id}\", acknowledged_within: 90m, keep: 400d").steps())
        .singleElement()
        .isInstanceOfSatisfying(
            Step.Export.class,
            step -> {
              assertThat(step.acknowledgedWithin()).isEqualTo(Duration.ofMinutes(90));
              assertThat(step.keep()).isEqualTo(Period.ofDays(400));
            });
    assertThat(export("name: \"a-{run_id}\"").steps())
        .singleElement()
        .isInstanceOfSatisfying(
            Step.Export.class,
            step -> {
              assertThat(step.acknowledgedWithin()).isNull();
              assertThat(step.keep()).isNull();
            });
  }

  @Test
  void refusesAnExportWhoseAcknowledgementIsNotToBeUnderstood() {
    assertThatThrownBy(() -> export("name: \"a-{run_id}\", acknowledged_within: 2 hours"))
        .hasMessageContaining(
            "line 11: key \"export.acknowledged_within\" (entry 1 of \"steps\") must be a duration such as")
        .hasMessageContaining("but is \"2 hours\"");
    assertThatThrownBy(() -> export("name: \"a-{run_id}\", acknowledge_within: 2h"))
        .hasMessageContaining("did you mean \"acknowledged_within\"?");
    assertThatThrownBy(() -> export("name: \"a-{run_id}.ack\""))
        .hasMessage(
            "batch-jobs/flags/job.yaml, line 11: key \"export.name\" (entry 1 of \"steps\") must not end in .ack,"
                + " but is \"a-{run_id}.ack\": a file of that name says that another one was taken");
  }

  @Test
  void refusesAZoneThatIsNone() {
    assertThatThrownBy(() -> read(GOOD.replace("Europe/Berlin", "Berlin")))
        .hasMessageContaining("line 6: key \"schedule.zone\" must be a time zone");
  }

  @Test
  void refusesAParameterThatNobodyGivesAValue() {
    String without = "{type: decimal, description: Limit}";

    assertThatThrownBy(() -> read(FEED.replaceFirst("\\{type: decimal.*", without)))
        .hasMessageEndingWith(
            "line 6: key \"params.amount\" lacks the key \"value\": a file brings no parameters"
                + " with it");
    assertThatThrownBy(() -> read(GOOD.replaceFirst("\\{type: decimal.*", without)))
        .hasMessageEndingWith(
            "line 8: key \"params.amount\" lacks the key \"value\": a scheduled start brings no"
                + " parameters with it");
  }

  private static String feedThatPublishes(String events) {
    return """
    id: flags
    owner: fraud_service
    source: {feed: flags, layout: layout.yaml}
    steps:
      - events: %s
    """
        .formatted(events);
  }

  @Test
  void takesEventsOfLines() {
    assertThat(read(feedThatPublishes("lines.sql")).steps())
        .singleElement()
        .isInstanceOf(Step.Events.class);
  }

  @Test
  void refusesEventsThatEachPartOfAFileWouldPublishAnew() {
    assertThatThrownBy(() -> read(feedThatPublishes("unbounded.sql")))
        .isInstanceOf(DefinitionException.class)
        .hasMessage(
            "batch-jobs/flags/unbounded.sql, line 3: lacks the parameter \":line_to\": a step \"events\" is run for some lines of a large file at a time, from \":line_from\" up to, but without, \":line_to\"; one event a file is published by a step \"sql\"");
  }
}
