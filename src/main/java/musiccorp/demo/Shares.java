package musiccorp.demo;

/**
 * How many orders of each kind a demo of so many orders has. Small demos have plain orders and a
 * few over REST only; from {@link #WHOLE_STORY} on every kind of trouble is in it.
 *
 * @param plain from files, nothing special about them
 * @param declined from files, with a card that the bank declines
 * @param scarce from files, for an item of which there are three
 * @param expensive from files, above what the rule AMOUNT lets pass
 * @param velocity from files, so many on one day by one customer that the rule VELOCITY bites
 * @param rest over REST
 * @param cancelled of those over REST: cancelled at once
 * @param flagged in the second wave, by customers who got flagged by the first
 * @param chargedBack of the plain ones: taken back by the bank
 */
record Shares(
    int plain,
    int declined,
    int scarce,
    int expensive,
    int velocity,
    int rest,
    int cancelled,
    int flagged,
    int chargedBack) {

  static final int WHOLE_STORY = 40;

  static Shares of(int orders) {
    if (orders < WHOLE_STORY) {
      int rest = orders / 5;
      int plain = orders - rest;
      return new Shares(plain, 0, 0, 0, 0, rest, 0, 0, plain > 2 ? 1 : 0);
    }
    int declined = Math.max(2, orders / 50);
    int scarce = 5 + orders / 500;
    int expensive = 1;
    int velocity = 10;
    int rest = Math.min(orders / 5, 1000);
    int cancelled = Math.min(Math.max(2, orders / 50), 20);
    int flagged = Math.min(Math.max(4, orders / 10), 60);
    int plain = orders - declined - scarce - expensive - velocity - rest - flagged;
    int chargedBack = Math.min(plain / 8, 20);
    return new Shares(
        plain, declined, scarce, expensive, velocity, rest, cancelled, flagged, chargedBack);
  }

  boolean wholeStory() {
    return flagged > 0;
  }
}
