package musiccorp.chaos;

import commondata.event.EventType;

/**
 * The n-th event of a key.
 *
 * @param fails how often its handler fails before it works, until it is mended
 */
@EventType("chaos.done")
record ChaosDone(long n, int fails) {}
