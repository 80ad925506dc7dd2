package musiccorp.order;

import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;

/**
 * How far an order is, and what follows when another service says something. Pure: the table {@code
 * orders.state_transition} has the last word when it is stored.
 *
 * <p>Answers of payment and warehouse come in any order. Each is noted first; a placed order then
 * goes where both together lead. An order that has ended only notes what comes late.
 *
 * @param releaseAsked whether the warehouse was asked to give up packing
 */
record Progress(OrderState state, PaymentState payment, StockState stock, boolean releaseAsked) {

  Progress payment(PaymentState said) {
    Progress noted = new Progress(state, said, stock, releaseAsked);
    return said == PaymentState.CHARGED_BACK ? noted.chargedBack() : noted.joined();
  }

  Progress stock(StockState answered) {
    return new Progress(state, payment, answered, releaseAsked).joined();
  }

  /** The warehouse will not pack. */
  Progress released() {
    return new Progress(OrderState.CANCELLED, payment, StockState.RELEASED, releaseAsked);
  }

  Progress to(OrderState next) {
    return new Progress(next, payment, stock, releaseAsked);
  }

  /**
   * A customer's wish. Until it is confirmed, an order is nobody's but ours; from then on only the
   * warehouse knows whether it is packed, so it is asked.
   */
  Progress cancelled() {
    return switch (state) {
      case PLACED -> to(OrderState.CANCELLED);
      case CONFIRMED -> new Progress(state, payment, stock, true);
      default -> this;
    };
  }

  /** Delivered and charged back: whichever came first, that is where the order ends. */
  boolean endsChargedBack() {
    return state == OrderState.DELIVERED && payment == PaymentState.CHARGED_BACK;
  }

  private Progress chargedBack() {
    return endsChargedBack() ? to(OrderState.CHARGED_BACK) : cancelled();
  }

  private Progress joined() {
    if (state != OrderState.PLACED) {
      return this;
    }
    if (payment == PaymentState.REFUSED || stock == StockState.REJECTED) {
      return to(OrderState.REJECTED);
    }
    return payment == PaymentState.PAID && stock == StockState.RESERVED
        ? to(OrderState.CONFIRMED)
        : this;
  }
}
