package simulation;

import java.util.List;
import java.util.Map;

/** The retry of a parked key's head, under the lock of its part. */
final class Retry {

  private final Node node;
  private final World world;

  Retry(Node node) {
    this.node = node;
    this.world = node.world;
  }

  void begin() {
    int part = node.plan.random.nextInt(World.PARTS);
    List<String> due =
        world.parked.get(part).entrySet().stream()
            .filter(key -> !key.getValue().held && key.getValue().dueAt <= world.now)
            .map(Map.Entry::getKey)
            .toList();
    if (due.isEmpty()) {
      return;
    }
    String name = due.get(node.plan.random.nextInt(due.size()));
    Transaction transaction = node.transaction();
    World.Parked key = world.parkedKey(part, name);
    if (!node.lease(transaction, part) || key == null || key.held || key.chain.isEmpty()) {
      transaction.rollback();
      return;
    }
    World.Row head = key.chain.firstEntry().getValue();
    node.again(() -> work(transaction, part, head));
  }

  private void work(Transaction transaction, int part, World.Row head) {
    if (node.plan.crashes()) {
      node.crash("in a retry");
    } else if (node.plan.isOut()) {
      node.giveUp();
    } else if (node.works(head)) {
      transaction.write(
          () -> {
            World.Parked key = world.parkedKey(part, head.key());
            world.effects.add(head.numbered());
            if (key != null) {
              key.chain.values().remove(head);
              node.nextInChain(part, head.key(), key);
            }
          });
      node.again(() -> node.commit(() -> {}, () -> {}));
    } else {
      node.giveUp();
      node.next(() -> count(part, head));
    }
  }

  private void count(int part, World.Row head) {
    Transaction transaction = node.transaction();
    if (!transaction.lock("part " + part)) {
      transaction.rollback();
      node.again(() -> count(part, head));
      return;
    }
    World.Parked key = world.parkedKey(part, head.key());
    if (key == null || key.chain.isEmpty() || !key.chain.firstEntry().getValue().equals(head)) {
      node.giveUp();
      return;
    }
    transaction.write(() -> node.countFailure(part, head, key));
    node.next(() -> node.commit(() -> {}, () -> {}));
  }
}
