package commondata.feed;

/**
 * How the records of a file are told apart and taken apart: a {@link Framing}, which finds in bytes
 * where a record ends, and a {@link RecordReader}, which cuts framed records into texts. Nothing
 * else knows one format from another; so a new one is a constant here, its two classes, and its
 * name in {@code layout.schema.json}. Typed columns, marks, control totals, slices, restart and
 * rejects come with it.
 */
enum Format {
  /** Values between separators, RFC 4180. */
  CSV(false, true) {
    @Override
    Framing framing(Layout layout) {
      return new CsvFraming(layout.dialect());
    }

    @Override
    RecordReader reader(Layout layout) {
      return new CsvRecords(layout);
    }
  },

  /** One record a line, columns by their place. */
  FIXED(true, true) {
    @Override
    Framing framing(Layout layout) {
      return new LineFraming();
    }

    @Override
    RecordReader reader(Layout layout) {
      return new FixedRecords(layout);
    }
  },

  /** Each record begins with its length, columns by their place. */
  PREFIXED(true, false) {
    @Override
    Framing framing(Layout layout) {
      return new PrefixFraming(layout.prefix());
    }

    @Override
    RecordReader reader(Layout layout) {
      return new FixedRecords(layout);
    }
  },

  /** Records of one length, one behind the other, columns by their place. */
  BLOCKED(true, false) {
    @Override
    Framing framing(Layout layout) {
      return new LengthFraming(layout.recordLength(), " ".getBytes(layout.charset())[0]);
    }

    @Override
    RecordReader reader(Layout layout) {
      return new FixedRecords(layout);
    }
  };

  private final boolean placed;
  private final boolean text;

  /**
   * @param placed whether columns are found by their place in the record
   * @param text whether the whole content is text, so that it can be recoded before it is framed
   */
  Format(boolean placed, boolean text) {
    this.placed = placed;
    this.text = text;
  }

  /** Finds where records end; a new one, because it remembers the record it looked at last. */
  abstract Framing framing(Layout layout);

  /** Takes records apart; a new one, because it holds the record it took apart last. */
  abstract RecordReader reader(Layout layout);

  /** Whether a column needs its place in the record. */
  boolean isPlaced() {
    return placed;
  }

  /** Whether the whole content is text. */
  boolean isText() {
    return text;
  }
}
