package commondata.operate;

/** Who does something, and why; both are stored with it. */
public record Act(String actor, String reason) {

  public Act {
    if (actor.isBlank() || reason.isBlank()) {
      throw new IllegalArgumentException("an act needs an actor and a reason");
    }
  }
}
