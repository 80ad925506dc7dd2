package commondata.database;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Does something once when the transaction open on this thread is committed; not if it is not. */
final class AfterCommit implements TransactionSynchronization {

  private final Runnable action;

  AfterCommit(Runnable action) {
    this.action = action;
  }

  /** After the commit of the open transaction, however often it is asked for; or now. */
  void soon() {
    if (!TransactionSynchronizationManager.isSynchronizationActive()) {
      action.run();
    } else if (!TransactionSynchronizationManager.hasResource(this)) {
      TransactionSynchronizationManager.bindResource(this, action);
      TransactionSynchronizationManager.registerSynchronization(this);
    }
  }

  @Override
  public void afterCommit() {
    action.run();
  }

  @Override
  public void afterCompletion(int status) {
    TransactionSynchronizationManager.unbindResourceIfPossible(this);
  }
}
