package commondata.job;

import commondata.schedule.ClockException;
import commondata.schedule.DueTimes;
import commondata.schedule.ScheduledJob;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;

/** A job.yaml as it is written; {@link #read} makes a {@link JobDefinition} of it. */
record JobYaml(
    String id,
    @Nullable String description,
    String owner,
    @Nullable ScheduleYaml schedule,
    @Nullable SourceYaml source,
    @Nullable String onlyIf,
    @Nullable Map<String, ParamYaml> params,
    @Nullable List<StepYaml> steps,
    @Nullable RejectsYaml rejects,
    @Nullable List<String> publishes,
    @Nullable String timeout) {

  static final String FILE = "job.yaml";

  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final List<String> GIVEN =
      List.of("business_date", "run_id", "file_id", "superseded_files");
  private static final List<String> LINES = List.of("line_from", "line_to");
  private static final String CRON = "/schedule/cron";

  record ScheduleYaml(
      String cron, @Nullable String zone, @Nullable Integer days, @Nullable String missed) {}

  record ParamYaml(String type, @Nullable String value, @Nullable String description) {}

  record StepYaml(
      @Nullable String check,
      @Nullable String sql,
      @Nullable String events,
      @Nullable ExportYaml export) {}

  record RejectsYaml(@Nullable Long max, @Nullable Double maxRatio, @Nullable String onExceed) {}

  static JobDefinition read(JobFolder folder) {
    YamlFile file = YamlFile.read(folder.locationOf(FILE), folder.text(FILE), "job.schema.json");
    return file.as(JobYaml.class).definition(folder, file);
  }

  private JobDefinition definition(JobFolder folder, YamlFile file) {
    if (!id.equals(folder.name())) {
      throw file.error(
          "/id", "must be the folder's name \"%s\", but is \"%s\"".formatted(folder.name(), id));
    }
    if (source != null && !source.feed().equals(id)) {
      throw file.error(
          "/source/feed",
          "must be the job's id \"%s\", but is \"%s\": each feed has a directory of its own, of its name"
              .formatted(id, source.feed()));
    }
    if (steps == null && source == null) {
      throw file.error("", "lacks the key \"steps\": only a job with a source can do without");
    }
    refuseUnused(file);
    List<Param> declared = declaredParams(file);
    List<String> names = new ArrayList<>(GIVEN);
    declared.forEach(p -> names.add(p.name()));
    Scripts scripts = new Scripts(folder, file, Set.copyOf(names));
    return new JobDefinition(
        id,
        description == null ? "" : description,
        owner,
        schedule == null ? null : schedule(schedule, id, owner, file),
        source == null ? null : source.source(file),
        onlyIf == null ? null : scripts.read("/only_if", onlyIf),
        declared,
        steps == null ? List.of() : steps(steps, scripts),
        rejects == null ? RejectLimit.NONE : limit(rejects),
        publishes,
        timeout == null ? TIMEOUT : duration(timeout),
        folder);
  }

  /** What would be read and then asked by nobody is a mistake. */
  private void refuseUnused(YamlFile file) {
    if (source != null && schedule != null) {
      throw file.error(
          "/schedule", "starts nothing: a job with a source runs when a file comes; take one away");
    }
    if (onlyIf != null && schedule == null) {
      throw file.error("/only_if", "is asked at scheduled starts, but the job has no schedule");
    }
    if (rejects != null && source == null) {
      throw file.error("/rejects", "is about records of a file, but the job has no source");
    }
  }

  private List<Param> declaredParams(YamlFile file) {
    List<Param> declared = new ArrayList<>();
    if (params != null) {
      params.forEach((name, p) -> declared.add(param(name, p, file)));
    }
    return declared;
  }

  private Param param(String name, ParamYaml param, YamlFile file) {
    if (GIVEN.contains(name) || LINES.contains(name)) {
      throw file.error("/params/" + name, "is a name that every job is given a value of");
    }
    if ((source != null || schedule != null) && param.value() == null) {
      throw file.error(
          "/params/" + name,
          "lacks the key \"value\": a %s brings no parameters with it"
              .formatted(source == null ? "scheduled start" : "file"));
    }
    String description = param.description() == null ? "" : param.description();
    Param declared = new Param(name, param.type(), param.value(), description);
    if (param.value() != null) {
      try {
        declared.parse(param.value());
      } catch (IllegalArgumentException e) {
        throw file.error(
            "/params/" + name + "/value",
            "must be of type %s, but is \"%s\"".formatted(param.type(), param.value()));
      }
    }
    return declared;
  }

  private static Schedule schedule(ScheduleYaml schedule, String id, String owner, YamlFile file) {
    ZoneId zone = zone("/schedule/zone", schedule.zone(), file);
    requireTimes(new ScheduledJob(id, owner, schedule.cron(), zone), file);
    return new Schedule(
        schedule.cron(),
        zone,
        schedule.days() == null ? 0 : schedule.days(),
        "last".equals(schedule.missed()) ? Schedule.Missed.LAST : Schedule.Missed.EACH);
  }

  private static void requireTimes(ScheduledJob job, YamlFile file) {
    try {
      if (new DueTimes(job).after(Instant.now(), 1).isEmpty()) {
        throw file.error(CRON, "is \"%s\", which is never due".formatted(job.cron()));
      }
    } catch (ClockException e) {
      throw file.error(
          CRON,
          "must be a cron expression of Quartz, six fields from seconds to weekday, but is \"%s\": %s"
              .formatted(job.cron(), NestedExceptionUtils.getMostSpecificCause(e).getMessage()));
    }
  }

  static ZoneId zone(String pointer, @Nullable String zone, YamlFile file) {
    try {
      return ZoneId.of(zone == null ? "UTC" : zone);
    } catch (DateTimeException e) {
      throw file.error(
          pointer, "must be a time zone such as Europe/Berlin, but is \"%s\"".formatted(zone));
    }
  }

  private List<Step> steps(List<StepYaml> steps, Scripts scripts) {
    List<Step> all = new ArrayList<>();
    boolean worked = false;
    for (int i = 0; i < steps.size(); i++) {
      StepYaml step = steps.get(i);
      String pointer = "/steps/" + i;
      if (step.check() != null) {
        scripts.checkComesFirst(pointer, worked, source != null);
        all.add(new Step.Check(scripts.read(pointer + "/check", step.check())));
      } else if (step.sql() != null) {
        all.add(new Step.Sql(scripts.read(pointer + "/sql", step.sql())));
        worked = true;
      } else if (step.events() != null) {
        scripts.eventsComeLast(pointer, i == steps.size() - 1, source != null);
        all.add(new Step.Events(scripts.ofLines(pointer + "/events", step.events())));
      } else if (step.export() != null) {
        String at = pointer + "/export";
        SqlScript query = scripts.query(at, step.export().query(), source != null);
        all.add(step.export().step(query, at, scripts.file()));
        worked = true;
      }
    }
    return all;
  }

  private static RejectLimit limit(RejectsYaml rejects) {
    return new RejectLimit(
        rejects.max() == null ? Long.MAX_VALUE : rejects.max(),
        rejects.maxRatio() == null ? 1 : rejects.maxRatio(),
        "load-rest".equals(rejects.onExceed()));
  }

  static Duration duration(String text) {
    return Duration.parse("PT" + text);
  }

  /** Reads the SQL files that a job.yaml names. */
  private record Scripts(JobFolder folder, YamlFile file, Set<String> params) {

    SqlScript read(String pointer, String name) {
      String text;
      try {
        text = folder.text(name);
      } catch (DefinitionException e) {
        throw file.error(pointer, "names a file that is not in the folder: \"" + name + "\"");
      }
      SqlScript script = SqlScript.parse(folder.locationOf(name), text);
      script.requireParams(params);
      return script;
    }

    /** The one statement whose rows go out. */
    SqlScript query(String pointer, String name, boolean hasSource) {
      if (hasSource) {
        throw file.error(
            pointer, "writes a file, which a job with a source does not: make it a job of its own");
      }
      SqlScript query = read(pointer + "/query", name);
      int statements = query.statements().size();
      if (statements != 1) {
        throw file.error(
            pointer + "/query",
            "must have one statement, the query, but \"%s\" has %d".formatted(name, statements));
      }
      return query;
    }

    /** SQL that is run for some lines of a file, and publishes nothing twice. */
    SqlScript ofLines(String pointer, String name) {
      Set<String> more = new HashSet<>(params);
      more.addAll(LINES);
      SqlScript script = new Scripts(folder, file, Set.copyOf(more)).read(pointer, name);
      script.requireBounds(LINES.get(0), LINES.get(1));
      return script;
    }

    void eventsComeLast(String pointer, boolean last, boolean hasSource) {
      if (!hasSource) {
        throw file.error(
            pointer, "publishes events of lines, but the job has no source that has lines");
      }
      if (!last) {
        throw file.error(pointer, "publishes events of what is loaded and must be the last step");
      }
    }

    void checkComesFirst(String pointer, boolean worked, boolean hasSource) {
      if (!hasSource) {
        throw file.error(pointer, "is a check, but the job has no source to check");
      }
      if (worked) {
        throw file.error(pointer, "is a check and must come before every other step");
      }
    }
  }
}
