package commondata.feed;

import commondata.database.Login;
import commondata.job.DefinitionException;
import commondata.job.JobDefinition;
import commondata.job.RunLedger;
import commondata.job.Source;
import java.nio.file.Path;

/** Everything about one feed: its job, its layout, its login, its directories, its ledgers. */
record Feed(
    JobDefinition job,
    Layout layout,
    Login login,
    DropDirectory drop,
    FileLedger files,
    RunLedger runs) {

  static Feed of(JobDefinition job, Login login, Path dropRoot, String node) {
    Source source = job.source();
    if (source == null) {
      throw new DefinitionException("job \"" + job.name() + "\" has no source");
    }
    Layout layout = Layout.read(job.folder(), source.layout());
    if (layout.staging() == null) {
      throw new DefinitionException(
          job.folder().locationOf(source.layout())
              + ": lacks the key \"staging\": the table records are copied into");
    }
    return new Feed(
        job,
        layout,
        login,
        new DropDirectory(dropRoot, source.feed()),
        new FileLedger(login, job.name()),
        new RunLedger(login, node));
  }

  String name() {
    return job.name();
  }
}
