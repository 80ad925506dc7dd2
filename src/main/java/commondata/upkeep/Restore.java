package commondata.upkeep;

import commondata.database.Database;
import commondata.database.Login;
import commondata.operate.Act;

/** Makes a log that was restored from elsewhere fit its new cluster. */
public final class Restore {

  private final Database database;

  public Restore(Database database) {
    this.database = database;
  }

  /**
   * Rewrites transaction ids that the cluster has not given out yet, and gives events without a
   * position one. No node may be running; done again it changes nothing.
   */
  public Restamped restamp(Act act) {
    // It reads the whole log: that may take longer than the limit of an answer.
    Login owner = database.bulkLogin(Retention.ownerOfTheLog(database));
    return owner
        .jdbc()
        .sql(
            """
            SELECT r.rewritten, r.stamped
            FROM commondata.restamp(:actor, :reason) AS r
            """)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, number) -> new Restamped(row.getLong("rewritten"), row.getLong("stamped")))
        .single();
  }

  /**
   * What it changed.
   *
   * @param rewritten events whose transaction id was replaced
   * @param stamped events that got their position
   */
  public record Restamped(long rewritten, long stamped) {}
}
