package commondata.database;

import commondata.fault.FaultPoint;
import javax.sql.DataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** The transactions of a login; names the moments before and after a commit. */
final class Commits extends JdbcTransactionManager {

  private static final long serialVersionUID = 1L;

  Commits(DataSource dataSource) {
    super(dataSource);
  }

  /** Only for the outermost of nested transactions: the inner ones commit nothing. */
  @Override
  protected void doCommit(DefaultTransactionStatus status) {
    FaultPoint.TRANSACTION_DONE.reached();
    super.doCommit(status);
    FaultPoint.TRANSACTION_COMMITTED.reached();
  }
}
