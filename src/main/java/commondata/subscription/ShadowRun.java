package commondata.subscription;

import java.util.List;

/**
 * What a shadow found.
 *
 * @param events that it ran
 * @param differences from what the subscription did; empty if it would do the same
 */
public record ShadowRun(long events, List<Difference> differences) {

  public ShadowRun {
    differences = List.copyOf(differences);
  }

  /**
   * One event that came out otherwise.
   *
   * @param event short form, without its payload
   * @param real what the subscription did with it; payloads are masked
   * @param shadow what these handlers would do with it
   */
  public record Difference(String event, String real, String shadow) {}
}
