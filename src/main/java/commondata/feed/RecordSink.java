package commondata.feed;

/** Where records go: rows to staging, errors to the ledger. */
interface RecordSink {

  /** The row to be filled next. */
  CopyRow row();

  /** The row is filled. */
  void rowDone();

  /** Notes the errors of a record; its row is filled, with nulls where a value is unusable. */
  void reject(long line, RecordErrors errors, String raw);
}
