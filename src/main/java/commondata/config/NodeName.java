package commondata.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Name of this process in receipts, runs and logs.
 *
 * @param value such as {@code shop1-4711}
 */
public record NodeName(String value) {

  /** Host and process id. */
  public static NodeName ofThisProcess() {
    return new NodeName(host() + "-" + ProcessHandle.current().pid());
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // A machine without a name for itself still needs one in receipts.
      return "localhost";
    }
  }
}
