package architecture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules about which files there are, and that somebody uses them. */
final class LayoutRules {

  private static final Pattern WORD = Pattern.compile("\\w+");

  private LayoutRules() {}

  static List<Finding> check(List<SourceFile> files) {
    List<Finding> findings = new ArrayList<>();
    packagesSayWhatTheyAre(files, findings);
    jobsHaveCases(files, findings);
    classesAreUsed(files, findings);
    jobFilesAreUsed(files, findings);
    migrationsHaveTheirOwnNumber(files, findings);
    return findings;
  }

  private static void packagesSayWhatTheyAre(List<SourceFile> files, List<Finding> findings) {
    Map<String, Set<String>> namesByDirectory = new TreeMap<>();
    for (SourceFile file : files) {
      if (file.is(".java")) {
        namesByDirectory
            .computeIfAbsent(file.directory(), d -> new HashSet<>())
            .add(file.baseName());
      }
    }
    Set<String> described = new HashSet<>();
    namesByDirectory.forEach(
        (directory, names) -> {
          if (names.contains("package-info")) {
            described.add(packageOf(directory));
          }
        });
    namesByDirectory.forEach(
        (directory, names) -> {
          if (!described.contains(packageOf(directory)) && !packageOf(directory).isEmpty()) {
            findings.add(new Finding(directory, 1, "package without package-info.java"));
          }
        });
  }

  private static String packageOf(String directory) {
    return directory.replaceFirst("^src/(main|test)/java/?", "").replaceFirst("^bench/.*", "");
  }

  private static void jobsHaveCases(List<SourceFile> files, List<Finding> findings) {
    Set<String> paths = new HashSet<>();
    files.forEach(file -> paths.add(file.path()));
    for (SourceFile file : files) {
      if (file.isIn("batch-jobs/") && file.is("/job.yaml")) {
        if (!paths.contains(file.directory() + "/README.md")) {
          findings.add(file.finding(1, "job without README.md"));
        }
        if (paths.stream().noneMatch(path -> path.startsWith(file.directory() + "/cases/"))) {
          findings.add(file.finding(1, "job without cases/"));
        }
      }
    }
  }

  private static void classesAreUsed(List<SourceFile> files, List<Finding> findings) {
    Map<String, Set<String>> filesByWord = new HashMap<>();
    for (SourceFile file : files) {
      if (file.is(".md")) {
        continue;
      }
      Matcher words = WORD.matcher(file.text());
      while (words.find()) {
        filesByWord.computeIfAbsent(words.group(), w -> new HashSet<>()).add(file.path());
      }
    }
    for (SourceFile file : files) {
      // A record of the contract may be published by the SQL of a job alone.
      boolean isContract = file.isIn("src/main/java/musiccorp/contract/");
      if (file.isIn("src/main/java/") && !isContract && !file.is("package-info.java")) {
        Set<String> users = new HashSet<>(filesByWord.getOrDefault(file.baseName(), Set.of()));
        users.remove(file.path());
        users.removeIf(user -> user.startsWith("src/test/"));
        if (users.isEmpty()) {
          findings.add(file.finding(1, "nobody uses " + file.baseName()));
        }
      }
    }
  }

  private static void jobFilesAreUsed(List<SourceFile> files, List<Finding> findings) {
    Map<String, String> yamlByJob = new HashMap<>();
    for (SourceFile file : files) {
      if (file.isIn("batch-jobs/") && file.is("/job.yaml")) {
        yamlByJob.put(file.directory(), file.text());
      }
    }
    for (SourceFile file : files) {
      String yaml = yamlByJob.get(file.directory());
      String name = file.path().substring(file.path().lastIndexOf('/') + 1);
      if (yaml != null && file.is(".sql") && !yaml.contains(name)) {
        findings.add(file.finding(1, "job.yaml does not name it"));
      }
    }
  }

  private static void migrationsHaveTheirOwnNumber(List<SourceFile> files, List<Finding> findings) {
    Map<String, String> fileByVersion = new HashMap<>();
    for (SourceFile file : files) {
      Matcher version = Pattern.compile("/V(\\d+)__\\w+\\.sql$").matcher(file.path());
      if (file.isIn("db/migration/") && version.find()) {
        String earlier = fileByVersion.put(version.group(1), file.path());
        if (earlier != null) {
          findings.add(file.finding(1, "same number as " + earlier));
        }
      }
    }
  }
}
