package musiccorp.demo;

import commondata.feed.DropName;
import commondata.feed.PartFile;
import commondata.job.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The drop directory as somebody outside sees it. Files appear under their name all at once
 * (written beside it, then renamed), and where a file lies says how far it is.
 */
final class DropBox {

  /** A feed puts the file's number in the ledger before the name. */
  private static final Pattern NUMBER = Pattern.compile("^\\d+-");

  private final Path drop;

  DropBox(Path drop) {
    this.drop = drop;
  }

  /** Hands a file in, unless one of that name is on its way. */
  void put(FeedFile file) {
    if (isOnItsWay(file.feed(), file.name())) {
      return;
    }
    Path incoming = drop.resolve(file.feed()).resolve("incoming");
    PartFile part = new PartFile(incoming.resolve(file.name()));
    try {
      Files.createDirectories(incoming);
      Files.writeString(part.path(), file.text());
      part.replace();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "file \"%s\" can't be dropped into \"%s\": %s"
              .formatted(file.name(), incoming, e.getMessage()),
          e);
    }
  }

  /** Whether a file waits to be taken, or was taken and is not done. */
  boolean isOnItsWay(String feed, String name) {
    return names(feed, "incoming").contains(name) || names(feed, "claimed").contains(name);
  }

  /** Names of the files that lie in a feed's directory, in order. */
  List<String> names(String feed, String directory) {
    return files(drop.resolve(feed).resolve(directory), 2).map(DropBox::name).sorted().toList();
  }

  /** Names, as they came, of the files that the feed has taken over for good. */
  List<String> archived(String feed) {
    return files(drop.resolve(feed).resolve("archive"), 4)
        .map(file -> NUMBER.matcher(name(file)).replaceFirst(""))
        .toList();
  }

  /** How many files nobody has taken over yet, over all feeds. */
  int waiting(List<String> feeds) {
    int waiting = 0;
    for (String feed : feeds) {
      waiting += names(feed, "incoming").size() + names(feed, "claimed").size();
    }
    return waiting;
  }

  List<String> lines(String feed, String directory, String name) {
    Path file = drop.resolve(feed).resolve(directory).resolve(name);
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException("file \"%s\" can't be read".formatted(file), e);
    }
  }

  /** Says that a file that came out was taken; repeatable. */
  void acknowledge(String feed, String name) {
    Path acknowledgement = acknowledgementOf(feed, name);
    try {
      Files.write(acknowledgement, new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("\"%s\" can't be written".formatted(acknowledgement), e);
    }
  }

  /** Whether that was said, and the company has not heard it yet. */
  boolean isAcknowledged(String feed, String name) {
    return Files.exists(acknowledgementOf(feed, name));
  }

  private Path acknowledgementOf(String feed, String name) {
    return drop.resolve(feed).resolve("outgoing").resolve(name + Step.Export.ACKNOWLEDGEMENT);
  }

  private static Stream<Path> files(Path directory, int depth) {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> found =
        Files.find(directory, depth, (path, what) -> what.isRegularFile() && !isTemporary(path))) {
      return found.toList().stream();
    } catch (IOException | UncheckedIOException e) {
      // A file went away while we looked: the next look sees it where it is then.
      return Stream.empty();
    }
  }

  private static boolean isTemporary(Path path) {
    return DropName.isTemporary(name(path));
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
