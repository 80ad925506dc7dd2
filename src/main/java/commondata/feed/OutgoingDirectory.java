package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the files of one export step lie until they are taken, some of them still under the hidden
 * name of a {@link PartFile}. The other side may write there, too. What can't be renamed or removed
 * is told of once and tried again, and those behind it do not wait for it.
 */
final class OutgoingDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(OutgoingDirectory.class);

  private static final String BUSINESS_DATE = "{business_date}";
  private static final String RUN_ID = "{run_id}";

  private final Path dropRoot;
  private final Step.Export step;
  private final Set<Path> told;

  /**
   * @param told files of which it was told that they can't be renamed or removed
   */
  OutgoingDirectory(Path dropRoot, Step.Export step, Set<Path> told) {
    this.dropRoot = dropRoot;
    this.step = step;
    this.told = told;
  }

  /** What files of a step are called; the group is the run's id. */
  static Pattern namesOf(Step.Export step) {
    String[] pieces = step.name().split(Pattern.quote(RUN_ID), -1);
    StringBuilder regex = new StringBuilder(literal(pieces[0]));
    for (int i = 1; i < pieces.length; i++) {
      regex.append(i == 1 ? "([0-9]{1,18})" : "\\1").append(literal(pieces[i]));
    }
    return Pattern.compile(regex.toString());
  }

  private static String literal(String piece) {
    return Arrays.stream(piece.split(Pattern.quote(BUSINESS_DATE), -1))
        .map(Pattern::quote)
        .collect(Collectors.joining("[0-9-]{10}"));
  }

  /**
   * The hidden file of a run. After a restore of the database numbers are given out again: one that
   * a run of the same number has left is removed.
   */
  PartFile begin(LocalDate businessDate, long run) {
    Path directory = new DropDirectory(dropRoot, step.feed()).outgoing();
    String name =
        step.name()
            .replace(BUSINESS_DATE, businessDate.toString())
            .replace(RUN_ID, Long.toString(run));
    parts().stream().filter(other -> other.name().equals(name)).forEach(OutgoingDirectory::remove);
    return new PartFile(directory.resolve(name));
  }

  private static void remove(PartFile part) {
    try {
      Files.deleteIfExists(part.path());
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + part.path() + "\" can't be removed: " + e, e);
    }
  }

  private Path directory() {
    return DropDirectory.outgoing(dropRoot, step.feed());
  }

  private List<PartFile> parts() {
    return PartFile.in(directory());
  }

  /** Makes the names of new files durable, not only their content. */
  void force() throws IOException {
    force(directory());
  }

  /** Makes names in a directory durable. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Gives those their names that were sent. */
  void settle(Predicate<String> isSent) {
    for (PartFile part : parts()) {
      if (isSent.test(part.name())) {
        FaultPoint.EXPORT_COMMITTED.reached();
        settle(part);
      }
    }
  }

  private void settle(PartFile part) {
    try {
      part.replace();
      told.remove(part.path());
      FaultPoint.EXPORT_SETTLED.reached();
      LOG.info("{}: file \"{}\" is out", step.feed(), part.name());
    } catch (NoSuchFileException e) {
      // Another node was faster with the same rename.
      LOG.debug("{}", e.getMessage());
    } catch (IOException e) {
      tell(part, "can't get its name", e);
    }
  }

  /** Removes what runs have left that ended without sending it. */
  void removeLeft(LongPredicate isEnded, Predicate<String> isSent) {
    Pattern names = namesOf(step);
    for (PartFile part : parts()) {
      Matcher name = names.matcher(part.name());
      // Asked in this order: a run that has ended will not send it any more.
      if (name.matches()
          && isEnded.test(Long.parseLong(name.group(1)))
          && !isSent.test(part.name())) {
        removeOrTell(part);
      }
    }
  }

  private void removeOrTell(PartFile part) {
    try {
      remove(part);
    } catch (UncheckedIOException e) {
      tell(part, "is left of a run that failed, and can't be removed", e);
    }
  }

  private void tell(PartFile part, String what, Exception e) {
    if (told.add(part.path())) {
      LOG.warn(
          "{}: file \"{}\" {}; it lies at \"{}\" until the next try: {}",
          step.feed(),
          part.name(),
          what,
          part.path(),
          e.toString());
    }
  }
}
