package simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The retry of a parked key's head: {@code begin_retry} writes down who tries it, {@code
 * next_parked} gives it out under the lock of its part.
 */
final class Retry {

  private final Node node;
  private final World world;

  Retry(Node node) {
    this.node = node;
    this.world = node.world;
  }

  private record Due(Part part, String name, Part.Parked key) {}

  void begin() {
    Due due = due().orElse(null);
    if (due == null) {
      return;
    }
    Part.Parked key = due.key;
    node.witness.retried(Math.max(key.dueAt, key.triedAt));
    node.worked();
    Transaction transaction = node.transaction();
    if (!node.lease(transaction, due.part) || isYoung(key)) {
      transaction.rollback();
      return;
    }
    String me = node.marks.worker();
    boolean hasDied = key.triedBy != null && !key.triedBy.equals(me);
    if (node.variant == Variant.RETRIES_WITHOUT_MARKS) {
      transaction.write(() -> key.triedBy = me);
      node.again(() -> take(transaction, due.part, due.name));
    } else if (hasDied && key.crashes > 0) {
      Row head = key.chain.firstEntry().getValue();
      transaction.write(() -> node.parking.failParked(due.part, head, Plan.Handling.FAILS));
      node.again(() -> node.commit(() -> {}, node.marks::outageSeen));
    } else {
      transaction.write(
          () -> {
            key.triedBy = me;
            key.triedAt = world.now;
            key.crashes += hasDied ? 1 : 0;
          });
      Runnable onwards = () -> node.again(() -> next(due.part, due.name));
      node.again(() -> node.commit(onwards, node.marks::outageSeen));
    }
  }

  /** Whoever began it may be about to take the lock. */
  private boolean isYoung(Part.Parked key) {
    return key.triedBy != null
        && !key.triedBy.equals(node.marks.worker())
        && key.triedAt > world.now - Marks.YOUNG;
  }

  private Optional<Due> due() {
    List<Due> due = new ArrayList<>();
    for (Part part : world.parts) {
      part.parked.forEach(
          (name, key) -> {
            if (!key.held && key.dueAt <= world.now && !key.chain.isEmpty()) {
              due.add(new Due(part, name, key));
            }
          });
    }
    return due.stream().min(Comparator.comparingLong(one -> one.key.dueAt));
  }

  private void next(Part part, String name) {
    Transaction transaction = node.transaction();
    if (!node.lease(transaction, part)) {
      transaction.rollback();
      return;
    }
    take(transaction, part, name);
  }

  private void take(Transaction transaction, Part part, String name) {
    Part.Parked key = part.parked.get(name);
    boolean isMine =
        key != null
            && (node.variant == Variant.RETRIES_WITHOUT_MARKS
                || node.marks.worker().equals(key.triedBy));
    if (key == null || !isMine || key.held || key.chain.isEmpty()) {
      node.giveUp();
      return;
    }
    Row head = key.chain.firstEntry().getValue();
    node.again(() -> work(transaction, part, head));
  }

  private void work(Transaction transaction, Part part, Row head) {
    if (node.plan.crashes()) {
      node.crash("in a retry");
    } else if (node.plan.isOut()) {
      node.meetOutage();
    } else {
      Plan.Handling handling = node.handle(head);
      switch (handling) {
        case KILLS -> {
          node.witness.killedAgain();
          node.crash("of " + head.numbered() + ", tried again");
        }
        case WORKS -> finish(transaction, part, head);
        default -> {
          node.giveUp();
          node.next(() -> fail(part, head, handling));
        }
      }
    }
  }

  private void finish(Transaction transaction, Part part, Row head) {
    transaction.write(
        () -> {
          Part.Parked key = part.parked.get(head.key());
          node.witness.effect(head);
          if (key != null) {
            key.chain.values().remove(head);
            node.parking.nextInChain(part, head.key(), key);
          }
          part.close();
        });
    node.again(() -> node.commit(() -> {}, node.marks::outageSeen));
  }

  private void fail(Part part, Row head, Plan.Handling cause) {
    Transaction transaction = node.transaction();
    if (!transaction.lock(part.lease())) {
      transaction.rollback();
      node.again(() -> fail(part, head, cause));
      return;
    }
    transaction.write(() -> node.parking.failParked(part, head, cause));
    node.next(() -> node.commit(() -> {}, node.marks::outageSeen));
  }
}
