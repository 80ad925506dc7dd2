package musiccorp.demo;

import java.time.LocalDate;
import java.util.List;

/**
 * All that the outside does to the company in one demo, fixed before it begins, so that a demo that
 * was killed can be told again from the start without doubling anything.
 *
 * @param title what it is, for people
 * @param masterData catalog and customers; loaded before the first order
 * @param firstWave files of the stores
 * @param restOrders orders placed over REST while the first wave is at work
 * @param bank what the bank says once the first wave is settled
 * @param secondWave files of the stores after the fraud flags were computed
 * @param dates business dates to reconcile and to extract
 * @param orderPrefix with what the numbers of orders from files begin
 * @param keyPrefix with what the idempotency keys of REST orders begin
 * @param planned what has to be found placed at the end
 */
record Story(
    String title,
    List<FeedFile> masterData,
    List<FeedFile> firstWave,
    List<PlannedOrder> restOrders,
    List<FeedFile> bank,
    List<FeedFile> secondWave,
    List<LocalDate> dates,
    String orderPrefix,
    String keyPrefix,
    Totals planned) {

  Story {
    masterData = List.copyOf(masterData);
    firstWave = List.copyOf(firstWave);
    restOrders = List.copyOf(restOrders);
    bank = List.copyOf(bank);
    secondWave = List.copyOf(secondWave);
    dates = List.copyOf(dates);
  }
}
