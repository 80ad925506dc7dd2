package commondata.operate;

/**
 * What a rewind does to one part of the log.
 *
 * @param position of the cursor before
 * @param newPosition of the cursor after
 * @param events that come again
 * @param handled of those, handled before: their receipts are put aside
 * @param parked of those, waiting for a retry: taken out of their chains
 * @param dead of those, open dead letters: closed
 */
public record RewoundPart(
    int part, long position, long newPosition, long events, long handled, long parked, long dead) {}
