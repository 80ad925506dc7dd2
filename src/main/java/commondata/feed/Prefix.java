package commondata.feed;

/** How a record says how long it is: four bytes before it, the highest first. */
enum Prefix {
  /** As on mainframes: two bytes that count themselves, too, and two that are zero. */
  RDW,
  /** All four count what follows. */
  INT32
}
