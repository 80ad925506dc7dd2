package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import musiccorp.bench.BenchTables.Effect;

/**
 * Does only what cannot be left out: the business row without its event, the effects without
 * reading any event. Nothing in this database can be faster than this.
 */
final class LimitBench {

  /** No part of the log has it. */
  private static final int NO_PART = -1;

  private final Login login;
  private final BenchTables tables;

  LimitBench(Database database) {
    this.login = database.login(OutboxBench.LOGIN);
    this.tables = new BenchTables(login);
  }

  /** Rates a second. */
  record Limits(double publishPerSecond, double drainOnePerSecond, double drainBatchPerSecond) {}

  Limits run(int messages) throws InterruptedException, ExecutionException {
    long first = tables.lastBusinessId() + 1;
    long batches = Math.max(1, messages / OutboxBench.BATCH_SIZE);
    long effects = batches * OutboxBench.BATCH_SIZE;
    Limits limits =
        new Limits(
            Rate.perSecond(
                messages,
                () ->
                    Rate.each(
                        first,
                        first + messages - 1,
                        OutboxBench.PUBLISHERS,
                        id -> login.inTransactionDo(() -> tables.business(id)))),
            Rate.perSecond(effects, () -> effects(batches, tables::oneByOne)),
            Rate.perSecond(effects, () -> effects(batches, tables::asBatch)));
    tables.removeEffectsOfPart(NO_PART);
    return limits;
  }

  private void effects(long batches, Consumer<List<Effect>> insert)
      throws InterruptedException, ExecutionException {
    Rate.each(
        1,
        batches,
        OutboxBench.READERS,
        batch -> {
          long first = batch * OutboxBench.BATCH_SIZE;
          List<Effect> effects =
              LongStream.range(first, first + OutboxBench.BATCH_SIZE)
                  .mapToObj(seq -> new Effect(NO_PART, seq, BenchTables.keyOf(seq)))
                  .toList();
          login.inTransactionDo(() -> insert.accept(effects));
        });
  }
}
