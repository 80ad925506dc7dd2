package commondata.job;

import java.time.Period;
import org.jspecify.annotations.Nullable;

/** The key export of a step as it is written. */
record ExportYaml(
    String query,
    String layout,
    String feed,
    String name,
    @Nullable String acknowledgedWithin,
    @Nullable String keep) {

  Step.Export step(SqlScript rows, String pointer, YamlFile file) {
    if (name.endsWith(Step.Export.ACKNOWLEDGEMENT)) {
      throw file.error(
          pointer + "/name",
          "must not end in %s, but is \"%s\": a file of that name says that another one was taken"
              .formatted(Step.Export.ACKNOWLEDGEMENT, name));
    }
    return new Step.Export(
        rows,
        layout,
        feed,
        name,
        acknowledgedWithin == null ? null : JobYaml.duration(acknowledgedWithin),
        keep == null ? null : Period.parse("P" + keep));
  }
}
