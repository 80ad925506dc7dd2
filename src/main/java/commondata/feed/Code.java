package commondata.feed;

/** Stable codes of what is wrong with a record or a file. */
public final class Code {

  public static final String COLUMNS = "E-COLS";
  public static final String NULL = "E-NULL";
  public static final String TYPE = "E-TYPE";
  public static final String RANGE = "E-RANGE";
  public static final String DATE = "E-DATE";
  public static final String CHARSET = "E-CHARSET";
  public static final String NUL = "E-NUL";
  public static final String SHORT = "E-REC-SHORT";
  public static final String LONG = "E-REC-LONG";
  public static final String MARK = "E-REC-MARK";
  public static final String ONE = "E-REC-ONE";
  public static final String LENGTH = "E-REC-LENGTH";
  public static final String QUOTE = "E-QUOTE";
  public static final String EMPTY = "E-EMPTY";
  public static final String HEADER = "E-HEADER";
  public static final String TRAILER = "E-TRAILER";
  public static final String CONTROL_COUNT = "E-CTL-COUNT";
  public static final String CONTROL_SUM = "E-CTL-SUM";
  public static final String CONTROL_HASH = "E-CTL-HASH";
  public static final String HASH = "E-HASH";
  public static final String NAME = "E-NAME";
  public static final String ZIP = "E-ZIP";
  public static final String KEY_DUP = "E-KEY-DUP";
  public static final String TABLE = "E-TABLE";
  public static final String LIMIT = "E-LIMIT";
  public static final String CONTENT = "E-CONTENT";
  public static final String JOB = "E-JOB";

  private Code() {}
}
