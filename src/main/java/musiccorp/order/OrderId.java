package musiccorp.order;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Clock;

/**
 * Makes order ids: {@code o-} and a ULID in lower case, 28 characters. They sort by time, can't be
 * guessed, fit the bank's reference field (36) and survive being read out on the telephone.
 */
final class OrderId {

  private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final int LENGTH = 26;
  private static final int BITS_A_DIGIT = 5;
  private static final int RANDOM_BITS = 80;

  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  OrderId(Clock clock) {
    this.clock = clock;
  }

  String next() {
    return encode(clock.millis(), new BigInteger(RANDOM_BITS, random));
  }

  static String encode(long millis, BigInteger randomness) {
    BigInteger value = BigInteger.valueOf(millis).shiftLeft(RANDOM_BITS).or(randomness);
    StringBuilder id = new StringBuilder("o-");
    for (int digit = LENGTH - 1; digit >= 0; digit--) {
      id.append(DIGITS.charAt(value.shiftRight(digit * BITS_A_DIGIT).intValue() & 31));
    }
    return id.toString();
  }
}
