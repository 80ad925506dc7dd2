package commondata.job;

/**
 * Where the files of one job are read from: a directory, or the application's jar.
 *
 * @param name the job's name
 * @param location what errors call the folder
 * @param files gives the text of a file
 */
public record JobFolder(String name, String location, Files files) {

  /** Reads one file of the folder. */
  @FunctionalInterface
  public interface Files {
    /**
     * Returns the text of {@code file}.
     *
     * @throws DefinitionException if there is no such file
     */
    String text(String file);
  }

  /** The text of a file, which must be there. */
  public String text(String file) {
    return files.text(file);
  }

  /** What errors call a file of this folder. */
  public String locationOf(String file) {
    return location + "/" + file;
  }
}
