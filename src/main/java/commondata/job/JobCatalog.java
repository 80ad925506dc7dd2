package commondata.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * All jobs of an installation, read and checked once. A job whose folder can't be right stops the
 * start, with every error of every folder in the message.
 */
public final class JobCatalog {

  private final Map<String, JobDefinition> jobs = new TreeMap<>();

  private JobCatalog(Collection<JobFolder> folders) {
    List<String> errors = new ArrayList<>();
    for (JobFolder folder : folders) {
      try {
        jobs.put(folder.name(), JobYaml.read(folder));
      } catch (DefinitionException e) {
        errors.add(e.getMessage());
      }
    }
    if (!errors.isEmpty()) {
      throw new DefinitionException(String.join("\n", errors));
    }
  }

  /** The jobs of a directory: each sub-directory with a job.yaml is one. */
  public static JobCatalog of(Path directory) {
    List<JobFolder> folders = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.sorted().toList()) {
        if (Files.isRegularFile(entry.resolve(JobYaml.FILE))) {
          String name = String.valueOf(entry.getFileName());
          folders.add(new JobFolder(name, entry.toString(), file -> read(entry, file)));
        }
      }
    } catch (IOException e) {
      throw new DefinitionException("jobs directory \"" + directory + "\" can't be read", e);
    }
    if (folders.isEmpty()) {
      throw new DefinitionException(
          "no folder in \"%s\" has a %s: name the directory that holds the folders of the jobs"
              .formatted(directory, JobYaml.FILE));
    }
    return new JobCatalog(folders);
  }

  private static String read(Path directory, String file) {
    Path path = directory.resolve(file).normalize();
    if (!path.startsWith(directory.normalize())) {
      throw new DefinitionException("file \"" + file + "\" lies outside " + directory);
    }
    try {
      return Files.readString(path);
    } catch (NoSuchFileException e) {
      throw new DefinitionException("file \"" + path + "\" is missing", e);
    } catch (IOException e) {
      throw new DefinitionException("file \"" + path + "\" can't be read as UTF-8", e);
    }
  }

  /** The jobs packed into the application. */
  public static JobCatalog packed() {
    List<JobFolder> folders = new ArrayList<>();
    try {
      for (Resource resource :
          new PathMatchingResourcePatternResolver()
              .getResources("classpath:batch-jobs/*/" + JobYaml.FILE)) {
        String[] segments = resource.getURL().getPath().split("/", -1);
        String name = segments[segments.length - 2];
        folders.add(new JobFolder(name, "batch-jobs/" + name, file -> read(resource, file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the packed jobs can't be listed", e);
    }
    return new JobCatalog(folders);
  }

  private static String read(Resource jobYaml, String file) {
    try {
      return jobYaml.createRelative(file).getContentAsString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new DefinitionException("file \"" + file + "\" is missing", e);
    }
  }

  /** All jobs, by name. */
  public List<JobDefinition> all() {
    return List.copyOf(jobs.values());
  }

  public Optional<JobDefinition> find(String name) {
    return Optional.ofNullable(jobs.get(name));
  }

  /** A sentence for somebody who named a job that is not there. */
  public String whyUnknown(String name) {
    String near = Spelling.nearest(name, jobs.keySet());
    return "job \"%s\" is not known; %s"
        .formatted(
            name,
            near == null
                ? "known are " + String.join(", ", jobs.keySet())
                : "did you mean \"" + near + "\"?");
  }
}
