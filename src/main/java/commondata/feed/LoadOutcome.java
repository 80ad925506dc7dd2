package commondata.feed;

/** What became of the attempt to load a file. */
sealed interface LoadOutcome {

  /** For a line of the log. */
  String inWords();

  /**
   * Its records are in, or refused one by one.
   *
   * @param owesEvents whether its events are to be published in commits of their own
   */
  record Loaded(long run, int exitCode, boolean owesEvents) implements LoadOutcome {

    @Override
    public String inWords() {
      return (exitCode == 0 ? "loaded" : "loaded, but for some records")
          + (owesEvents ? "; its events follow" : "");
    }
  }

  /** The file as a whole is refused. */
  record Rejected(String reason) implements LoadOutcome {

    @Override
    public String inWords() {
      return "refused: " + reason;
    }
  }

  /** Its content is not what was claimed: somebody wrote to it; it is to be claimed anew. */
  record Changed() implements LoadOutcome {

    @Override
    public String inWords() {
      return "changed since it was claimed";
    }
  }

  /** The job runs already, here or on another node. */
  record Busy() implements LoadOutcome {

    @Override
    public String inWords() {
      return "is being loaded elsewhere";
    }
  }

  /** Disk, network or database failed; the file is still claimed. */
  record Failed(String message) implements LoadOutcome {

    @Override
    public String inWords() {
      return "failed: " + message;
    }
  }
}
