package simulation;

import commondata.fault.DeliveryCheck.Numbered;

/**
 * An event in the outbox; visible when its transaction has committed.
 *
 * @param dueAt must not be handled before
 */
record Row(long id, long transaction, int part, String key, long n, long dueAt) {
  Numbered numbered() {
    return new Numbered(key, n);
  }
}
