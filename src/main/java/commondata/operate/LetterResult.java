package commondata.operate;

/** What became of an act on a dead letter. */
public enum LetterResult {
  /** It is done. */
  DONE,
  /** It waits for a second operator: its reader asks for four eyes. */
  PROPOSED,
  /** Whoever proposed an act can't confirm it. */
  SAME_ACTOR,
  /** Something else was proposed than what was seen by whoever confirms. */
  UNSEEN,
  /** An edited payload does not fit the schema of its type and version. */
  UNFIT,
  /** The letter is closed already, or there was nothing to confirm. */
  NOT_OPEN,
  /** There is no such letter. */
  MISSING
}
