package musiccorp.cli;

import commondata.event.EventCodec;
import musiccorp.payment.HeldPayment;
import musiccorp.payment.HeldPayments;
import musiccorp.payment.HeldResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Payments of flagged customers, which wait for an operator. */
@Command(
    name = "payment",
    description = "Shows held payments; releases and refuses them.",
    subcommands = {
      PaymentCommand.HeldCommand.class,
      PaymentCommand.ReleaseCommand.class,
      PaymentCommand.RefuseCommand.class
    })
final class PaymentCommand extends GroupCommand {

  private static HeldPayments payments(Session session) {
    return new HeldPayments(session.database().login("payment_service"), new EventCodec());
  }

  private static String actor() {
    return System.getProperty("user.name", "operator");
  }

  @Command(name = "held", description = "Shows payments that wait, the longest waiting first.")
  static final class HeldCommand extends CliCommand {

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows =
            new Rows("orderId", "customerId", "amount", "reason", "businessDate", "takenAt");
        for (HeldPayment each : payments(session).list()) {
          rows.add(
              each.orderId(),
              each.customerId(),
              each.amount(),
              each.reason(),
              each.businessDate(),
              each.takenAt());
        }
        output().rows(rows);
        output()
            .say(
                rows.isEmpty()
                    ? "There are none. Next: ./commondata order list"
                    : "Next: ./commondata payment release ORDER, or payment refuse ORDER");
        return ExitCode.OK;
      }
    }
  }

  @Command(name = "release", description = "Takes the money of a held payment after all.")
  static final class ReleaseCommand extends Decision {

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        return decided(payments(session).release(id, actor()));
      }
    }
  }

  @Command(name = "refuse", description = "Refuses a held payment; the order will be rejected.")
  static final class RefuseCommand extends Decision {

    @Option(
        names = "--reason",
        required = true,
        paramLabel = "TEXT",
        description = "Why; the customer reads it")
    private String reason = "";

    @Override
    public Integer call() {
      if (reason.isBlank()) {
        throw new CliException(ExitCode.USAGE, "--reason is empty: say why.");
      }
      try (Session session = openSession()) {
        return decided(payments(session).refuse(id, actor(), reason));
      }
    }
  }

  abstract static class Decision extends CliCommand {

    @Parameters(paramLabel = "ORDER", description = "Order of the payment")
    protected String id = "";

    final int decided(HeldResult result) {
      if (result instanceof HeldResult.NotFound) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "Order \"%s\" has no payment. See ./commondata payment held".formatted(id));
      }
      if (result instanceof HeldResult.NotHeld other) {
        throw new CliException(
            ExitCode.CHECK_FAILED,
            "The payment of order %s is %s, not HELD: there is nothing to decide."
                .formatted(id, other.state()));
      }
      boolean released = result instanceof HeldResult.Released;
      output().row(new Rows("orderId", "result").add(id, released ? "released" : "refused"));
      output().say("Next: ./commondata trace " + Shell.word(id));
      return ExitCode.OK;
    }
  }
}
