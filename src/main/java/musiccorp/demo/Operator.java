package musiccorp.demo;

/**
 * The operator who decides on held payments: refuses each third order, by its number, and releases
 * the others. The same order gets the same answer, whoever asks and how often.
 */
final class Operator {

  private final Company company;

  Operator(Company company) {
    this.company = company;
  }

  void look() {
    for (String orderId : company.heldPayments()) {
      if (refuses(orderId)) {
        company.refusePayment(orderId, "customer could not be reached");
      } else {
        company.releasePayment(orderId);
      }
    }
  }

  static boolean refuses(String orderId) {
    String digits = orderId.replaceAll("\\D", "");
    return !digits.isEmpty() && (digits.charAt(digits.length() - 1) - '0') % 3 == 0;
  }
}
