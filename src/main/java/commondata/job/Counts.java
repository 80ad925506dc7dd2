package commondata.job;

/** What a run did: records read, rows written, records refused, events published. */
public record Counts(long read, long written, long rejected, long events) {

  public static final Counts NONE = new Counts(0, 0, 0, 0);

  public Counts plus(Counts more) {
    return new Counts(
        read + more.read, written + more.written, rejected + more.rejected, events + more.events);
  }

  @Override
  public String toString() {
    return "%d read, %d written, %d rejected, %d %s"
        .formatted(read, written, rejected, events, Plural.of(events, "event"));
  }
}
