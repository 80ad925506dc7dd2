package musiccorp.chaos;

import java.io.IOException;

/** What a process of a run says to its supervisor, on its output, and hears of it. */
final class Supervised {

  static final String READY = "ready";
  static final String HIT = "hit";

  private Supervised() {}

  static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** A supervisor that dies closes this process's input. */
  static void endWithTheSupervisor() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever said.
                }
              } catch (IOException e) {
                say("input is gone");
              }
              Runtime.getRuntime().halt(0);
            },
            "supervisor");
    watch.setDaemon(true);
    watch.start();
  }
}
