package commondata.feed;

import commondata.database.Login;
import commondata.job.FileName;
import java.sql.Types;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rows of files that come in, written under the feed's own login. */
final class FileLedger {

  /** States of a file, as the table has them. */
  enum State {
    CLAIMED,
    LOADED,
    REJECTED,
    DUPLICATE,
    HELD,
    SUPERSEDED,
    SENT,
    ACKNOWLEDGED
  }

  /**
   * A file's row.
   *
   * @param businessDate day it is about, as it was told when it came
   */
  record Entry(
      long id,
      State state,
      String name,
      String sha256,
      long size,
      LocalDate businessDate,
      String reason) {}

  /** How a file ended. */
  record End(
      State state,
      long run,
      LocalDate businessDate,
      long records,
      long loaded,
      long rejected,
      String control,
      String reason) {}

  private static final String CLAIM =
      """
      SELECT
          c.id,
          c.state,
          c.waits,
          c.business_date
      FROM commondata.claim_file(
          :feed,
          :name,
          :sha256,
          :size_bytes,
          :sequence,
          :business_date,
          :supersedes
      ) AS c
      """;

  private static final String REFUSE =
      """
      SELECT commondata.refuse_file(
          :feed,
          :name,
          :sha256,
          :size_bytes,
          :sequence,
          :business_date,
          :code,
          :message,
          :node
      )
      """;

  private static final String FIND =
      """
      SELECT
          f.id,
          f.state,
          f.name,
          f.sha256,
          f.size_bytes,
          f.business_date,
          coalesce(f.reason, '') AS reason
      FROM commondata.file AS f
      WHERE f.feed = :feed
        AND f.id = ANY (:ids)
      ORDER BY f.id
      """;

  private static final String HOLD = "SELECT commondata.hold_file(:file)";

  private static final String FINISH =
      """
      SELECT CAST(commondata.finish_file(
          :file,
          :state,
          :run,
          :business_date,
          :record_count,
          :loaded_count,
          :rejected_count,
          CAST(:control AS jsonb),
          nullif(:reason, '')
      ) AS text)
      """;

  private static final String NOTE_COLUMNS =
      """
      SELECT CAST(commondata.note_columns(:file, :columns) AS text)
      """;

  private static final String LOADED_FOR =
      """
      SELECT f.id
      FROM commondata.file AS f
      WHERE f.feed = :feed
        AND f.direction = 'IN'
        AND f.state = 'LOADED'
        AND f.business_date = :business_date
      ORDER BY f.id
      """;

  private static final String SUPERSEDE =
      """
      SELECT CAST(commondata.supersede_files(:file, :superseded) AS text)
      """;

  private final Login login;
  private final String feed;

  FileLedger(Login login, String feed) {
    this.login = login;
    this.feed = feed;
  }

  /**
   * Gives content its row, in a transaction of its own, unless another file must end before. A row
   * that it has already keeps its business date.
   */
  ClaimOutcome claim(
      String name,
      Digests.Content content,
      FileName says,
      LocalDate businessDate,
      boolean supersedes) {
    return login
        .jdbc()
        .sql(CLAIM)
        .param("feed", feed)
        .param("name", name)
        .param("sha256", content.sha256())
        .param("size_bytes", content.size())
        .param("sequence", says.sequence(), Types.BIGINT)
        .param("business_date", businessDate)
        .param("supersedes", supersedes)
        .query(
            (row, n) -> {
              long id = row.getLong("id");
              return row.getBoolean("waits")
                  ? new ClaimOutcome.Waits(require(id))
                  : new ClaimOutcome.Claimed(
                      new Entry(
                          id,
                          State.valueOf(row.getString("state")),
                          name,
                          content.sha256(),
                          content.size(),
                          row.getObject("business_date", LocalDate.class),
                          ""));
            })
        .single();
  }

  /**
   * Gives content that nobody may load its row, and a run that has ended with that, in a
   * transaction of its own.
   *
   * @param node name of this process
   */
  Entry refuse(
      String name,
      Digests.Content content,
      FileName says,
      LocalDate businessDate,
      FileError reason,
      String node) {
    long id =
        login
            .jdbc()
            .sql(REFUSE)
            .param("feed", feed)
            .param("name", name)
            .param("sha256", content.sha256())
            .param("size_bytes", content.size())
            .param("sequence", says.sequence(), Types.BIGINT)
            .param("business_date", businessDate)
            .param("code", reason.code())
            .param("message", reason.message())
            .param("node", node)
            .query(Long.class)
            .single();
    return new Entry(
        id,
        State.REJECTED,
        name,
        content.sha256(),
        content.size(),
        businessDate,
        reason.toString());
  }

  private Entry require(long id) {
    Entry entry = find(List.of(id)).get(id);
    if (entry == null) {
      throw new IllegalStateException("file " + id + " has no row in feed \"" + feed + "\"");
    }
    return entry;
  }

  /** The rows of these files, by id; those of another feed are left out. */
  Map<Long, Entry> find(Collection<Long> ids) {
    Map<Long, Entry> found = new HashMap<>();
    if (ids.isEmpty()) {
      return found;
    }
    login
        .jdbc()
        .sql(FIND)
        .param("feed", feed)
        .param("ids", ids.toArray(Long[]::new))
        .query(
            row -> {
              Entry entry =
                  new Entry(
                      row.getLong("id"),
                      State.valueOf(row.getString("state")),
                      row.getString("name"),
                      row.getString("sha256"),
                      row.getLong("size_bytes"),
                      row.getObject("business_date", LocalDate.class),
                      row.getString("reason"));
              found.put(entry.id(), entry);
            });
    return found;
  }

  /** Locks a claimed file until the open transaction ends; false if it is not to be had. */
  boolean hold(long file) {
    return login.jdbc().sql(HOLD).param("file", file).query(Boolean.class).single();
  }

  /** Ends a claimed file, in the open transaction. */
  void finish(long file, End end) {
    login
        .jdbc()
        .sql(FINISH)
        .param("file", file)
        .param("state", end.state().name())
        .param("run", end.run())
        .param("business_date", end.businessDate())
        .param("record_count", end.records())
        .param("loaded_count", end.loaded())
        .param("rejected_count", end.rejected())
        .param("control", end.control())
        .param("reason", end.reason())
        .query()
        .listOfRows();
  }

  /** Keeps in which order the columns of a claimed file came, in the open transaction. */
  void noteColumns(long file, List<String> columns) {
    login
        .jdbc()
        .sql(NOTE_COLUMNS)
        .param("file", file)
        .param("columns", columns.toArray(String[]::new))
        .query()
        .listOfRows();
  }

  /** Files that are loaded for a business date, and corrections of them. */
  Long[] loadedFor(LocalDate businessDate) {
    return login
        .jdbc()
        .sql(LOADED_FOR)
        .param("feed", feed)
        .param("business_date", businessDate)
        .query(Long.class)
        .list()
        .toArray(Long[]::new);
  }

  /** Lets loaded files give way to a claimed one, in the open transaction. */
  void supersede(long file, Long[] superseded) {
    login
        .jdbc()
        .sql(SUPERSEDE)
        .param("file", file)
        .param("superseded", superseded)
        .query()
        .listOfRows();
  }
}
