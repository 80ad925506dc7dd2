package musiccorp.feeds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import tools.jackson.databind.json.JsonMapper;

/**
 * One case of a job: a folder with {@code expected.yaml}, the input files it names, and {@code
 * before.sql} if something must be there first.
 *
 * @param jobs folder of the jobs it is about one of
 */
record JobCase(Path jobs, String job, Path folder, Expected expected) {

  /**
   * What expected.yaml says.
   *
   * @param files input files in order
   * @param runs runs by hand in order
   * @param events number of events by type, all that are published
   * @param outgoing lines of each file that goes out
   * @param rows queries and the rows they must give, columns joined by a bar
   */
  record Expected(
      @Nullable List<InputFile> files,
      @Nullable List<Run> runs,
      Map<String, String> events,
      @Nullable List<List<String>> outgoing,
      @Nullable List<Query> rows) {}

  /** One input file; a reject is written as line, column (or -), code. */
  record InputFile(
      String name,
      String state,
      @Nullable String exit,
      @Nullable String records,
      @Nullable List<String> rejects) {}

  record Run(String date, String exit, @Nullable String written) {}

  record Query(String query, List<String> is) {}

  static JobCase read(Path folder) throws IOException {
    try (var in = Files.newBufferedReader(folder.resolve("expected.yaml"))) {
      Object yaml = new Yaml(new TextsOnly()).load(in);
      Path job = Objects.requireNonNull(Objects.requireNonNull(folder.getParent()).getParent());
      return new JobCase(
          Objects.requireNonNull(job.getParent()),
          String.valueOf(job.getFileName()),
          folder,
          new JsonMapper().convertValue(yaml, Expected.class));
    }
  }

  static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  String name() {
    return job + ": " + folder.getFileName();
  }

  /** Every scalar is a text: dates and numbers stay as they are written. */
  private static final class TextsOnly extends SafeConstructor {

    TextsOnly() {
      super(new LoaderOptions());
      yamlConstructors.put(Tag.TIMESTAMP, new ConstructYamlStr());
      yamlConstructors.put(Tag.INT, new ConstructYamlStr());
      yamlConstructors.put(Tag.FLOAT, new ConstructYamlStr());
    }
  }
}
