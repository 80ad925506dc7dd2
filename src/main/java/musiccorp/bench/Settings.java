package musiccorp.bench;

import commondata.database.Login;

/**
 * The circumstances of a measurement.
 *
 * @param heapBytes most that this process may use
 */
record Settings(
    String serverVersion,
    String fsync,
    String synchronousCommit,
    String sharedBuffers,
    int cores,
    long heapBytes,
    String java,
    String os) {

  static Settings of(Login login) {
    return new Settings(
        setting(login, "server_version"),
        setting(login, "fsync"),
        setting(login, "synchronous_commit"),
        setting(login, "shared_buffers"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        System.getProperty("java.version"),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }

  private static String setting(Login login, String name) {
    return login
        .jdbc()
        .sql(
            """
            SELECT current_setting(:name)
            """)
        .param("name", name)
        .query(String.class)
        .single();
  }
}
