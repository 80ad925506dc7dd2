package musiccorp.demo;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Properties;

/**
 * Remembers in the home which demo is being told, so that one that was killed goes on under its
 * number instead of beginning another.
 */
final class RunBook {

  private final Path file;

  /**
   * One telling.
   *
   * @param number counts the demos of a home, from 1
   * @param what what is told: number of orders or folder
   * @param today the day it was begun
   * @param startedAt when it was begun, by the server's clock
   * @param again whether an earlier process began it
   */
  record Entry(int number, String what, LocalDate today, OffsetDateTime startedAt, boolean again) {}

  RunBook(Path home) {
    this.file = home.resolve("demo.properties");
  }

  /**
   * The unfinished telling of the same, or a new one.
   *
   * @param usedNumber highest number that the database has seen
   * @param now by the server's clock
   */
  Entry open(String what, int usedNumber, OffsetDateTime now) {
    Properties last = load();
    int number = Integer.parseInt(last.getProperty("number", "0"));
    if ("open".equals(last.getProperty("state")) && what.equals(last.getProperty("what"))) {
      OffsetDateTime begun = OffsetDateTime.parse(last.getProperty("startedAt"));
      LocalDate today = LocalDate.parse(last.getProperty("today"));
      return new Entry(number, what, today, begun, true);
    }
    int next = Math.max(number, usedNumber) + 1;
    Entry entry = new Entry(next, what, now.toLocalDate(), now, false);
    store(entry, "open");
    return entry;
  }

  void close(Entry entry) {
    store(entry, "done");
  }

  private Properties load() {
    Properties properties = new Properties();
    if (Files.exists(file)) {
      try (Reader text = Files.newBufferedReader(file)) {
        properties.load(text);
      } catch (IOException e) {
        throw new UncheckedIOException("file \"%s\" can't be read".formatted(file), e);
      }
    }
    return properties;
  }

  private void store(Entry entry, String state) {
    Properties properties = new Properties();
    properties.setProperty("number", Integer.toString(entry.number()));
    properties.setProperty("what", entry.what());
    properties.setProperty("today", entry.today().toString());
    properties.setProperty("startedAt", entry.startedAt().toString());
    properties.setProperty("state", state);
    Path part = file.resolveSibling(".demo.properties.part");
    try {
      try (Writer text = Files.newBufferedWriter(part)) {
        properties.store(text, null);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("file \"%s\" can't be written".formatted(file), e);
    }
  }
}
