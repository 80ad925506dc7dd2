package musiccorp.chaos;

import java.util.Locale;

/** What a plan may do to nodes, server and network. */
enum Fault {
  NODE_KILLED("a node is killed (SIGKILL)"),
  NODE_FROZEN("a node stands still past its lease (SIGSTOP) and then goes on (SIGCONT)"),
  NODE_STOPPED("a node is told to end (SIGTERM) and must be gone within ten seconds"),
  CLIENT_KILLED("the program of the SQL services is killed (SIGKILL) in the midst of a batch"),
  SERVER_KILLED("the server and all its sessions are killed (SIGKILL)"),
  SESSION_KILLED("one session of the server is killed (SIGKILL): the server ends all others"),
  SESSION_ENDED("sessions are ended by an administrator (pg_terminate_backend)"),
  NETWORK_CUT("every connection is closed"),
  NETWORK_RESET("every connection is reset (RST)"),
  NETWORK_DEAD("nothing arrives any more, in either direction; connections stay open"),
  ANSWERS_LOST("requests arrive, answers do not: commits of unknown outcome"),
  NETWORK_SLOW("everything arrives later"),
  WRITER_OPEN("a transaction that has published stays open for seconds, and commits last");

  private final String sentence;

  Fault(String sentence) {
    this.sentence = sentence;
  }

  String sentence() {
    return sentence;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
