package musiccorp.cli;

import commondata.event.EventCodec;
import commondata.operate.Operate;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import musiccorp.contract.OrderLine;
import musiccorp.order.CancelResult;
import musiccorp.order.NewOrder;
import musiccorp.order.Order;
import musiccorp.order.OrderHeader;
import musiccorp.order.OrderList;
import musiccorp.order.OrderState;
import musiccorp.order.Orders;
import musiccorp.order.PlaceResult;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Orders, as a customer sees them. */
@Command(
    name = "order",
    description = "Places, shows and cancels orders.",
    subcommands = {
      OrderCommand.PlaceCommand.class,
      OrderCommand.ShowCommand.class,
      OrderCommand.ListCommand.class,
      OrderCommand.CancelCommand.class
    })
final class OrderCommand extends GroupCommand {

  private static final String LOGIN = "order_service";

  private static Orders orders(Session session) {
    return new Orders(session.database().login(LOGIN), new EventCodec());
  }

  private static CliException unknown(String id) {
    return new CliException(
        ExitCode.NOT_FOUND, "There is no order \"%s\". See ./commondata order list".formatted(id));
  }

  @Command(
      name = "place",
      description = "Places an order.",
      footer = {"", "Example: ./commondata order place --customer CU-0001 --line MC-001:2"})
  static final class PlaceCommand extends CliCommand {

    @Option(names = "--customer", required = true, paramLabel = "ID", description = "Who orders")
    private String customer = "";

    @Option(
        names = "--line",
        required = true,
        paramLabel = "SKU[:QUANTITY]",
        description = "What, and how many (default 1)")
    private List<String> lines = new ArrayList<>();

    @Option(
        names = "--method",
        paramLabel = "METHOD",
        defaultValue = "card-ok",
        description = "How it is paid (default ${DEFAULT-VALUE}; card-declined is refused)")
    private String method = "card-ok";

    @Option(names = "--key", paramLabel = "KEY", description = "A repeat with it is no new order")
    private @Nullable String key;

    @Option(names = "--date", paramLabel = "DATE", description = "Business date; default: today")
    private @Nullable LocalDate date;

    @Override
    public Integer call() {
      NewOrder order =
          new NewOrder(
              customer,
              method,
              lines.stream().map(PlaceCommand::line).toList(),
              NewOrder.Channel.CLI,
              key,
              date);
      try (Session session = openSession()) {
        PlaceResult result = orders(session).place(order);
        if (result instanceof PlaceResult.Placed placed) {
          return show(placed.orderId(), true);
        }
        if (result instanceof PlaceResult.AlreadyPlaced placed) {
          return show(placed.orderId(), false);
        }
        throw refused(result);
      }
    }

    private static NewOrder.Line line(String text) {
      int colon = text.lastIndexOf(':');
      if (colon < 0) {
        return new NewOrder.Line(text, 1);
      }
      try {
        return new NewOrder.Line(
            text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
      } catch (NumberFormatException e) {
        throw new CliException(
            ExitCode.USAGE,
            "--line \"%s\" must be SKU or SKU:QUANTITY, the quantity a whole number."
                .formatted(text));
      }
    }

    private int show(String orderId, boolean isNew) {
      output().row(new Rows("orderId", "isNew").add(orderId, isNew));
      output().say("Next: ./commondata trace " + Shell.word(orderId));
      return ExitCode.OK;
    }

    private static CliException refused(PlaceResult result) {
      if (result instanceof PlaceResult.Conflict conflict) {
        return new CliException(
            ExitCode.CHECK_FAILED,
            "--key \"%s\" was used for order %s with other content; nothing was placed."
                .formatted(conflict.idempotencyKey(), conflict.orderId()));
      }
      List<PlaceResult.Problem> problems = ((PlaceResult.Refused) result).problems();
      boolean unknown = problems.stream().allMatch(each -> each.code().startsWith("unknown-"));
      return new CliException(
          unknown ? ExitCode.NOT_FOUND : ExitCode.USAGE,
          "The order is refused: "
              + problems.stream()
                  .map(PlaceResult.Problem::message)
                  .map(message -> message.replaceFirst("\\.$", ""))
                  .collect(Collectors.joining("; ")));
    }
  }

  @Command(name = "show", description = "Shows an order with its lines.")
  static final class ShowCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the order")
    private String id = "";

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Order order = orders(session).find(id).orElseThrow(() -> unknown(id));
        if (output().json()) {
          output().object(order, out -> {});
        } else {
          print(order);
        }
        output().say("Next: ./commondata trace " + Shell.word(id));
        return ExitCode.OK;
      }
    }

    private void print(Order order) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>(Fields.of(order));
      fields.remove("lines");
      Rows rows = new Rows("field", "value");
      fields.forEach(
          (name, value) -> {
            if (value != null) {
              rows.add(name, value);
            }
          });
      output().rows(rows);
      Rows lines = new Rows("line", "sku", "title", "quantity", "unitPrice");
      for (OrderLine line : order.lines()) {
        lines.add(line.lineNo(), line.sku(), line.title(), line.quantity(), line.unitPrice());
      }
      output().rows(lines);
    }
  }

  @Command(name = "list", description = "Shows the latest orders.")
  static final class ListCommand extends CliCommand {

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "One of ${COMPLETION-CANDIDATES}")
    private @Nullable OrderState state;

    @Option(names = "--customer", paramLabel = "ID", description = "Only of this customer")
    private @Nullable String customer;

    @Option(
        names = "--limit",
        paramLabel = "ROWS",
        defaultValue = "50",
        description = "Rows to show at most (default ${DEFAULT-VALUE})")
    private int limit;

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows =
            new Rows(
                "orderId",
                "customerId",
                "state",
                "paymentState",
                "stockState",
                "total",
                "channel",
                "businessDate",
                "placedAt");
        OrderList list = new OrderList(session.database().login(Operate.READER));
        for (OrderHeader each : list.latest(state, customer, positive("--limit", limit))) {
          rows.add(
              each.orderId(),
              each.customerId(),
              each.state(),
              each.paymentState(),
              each.stockState(),
              each.total(),
              each.channel(),
              each.businessDate(),
              each.placedAt());
        }
        output().rows(rows);
        output()
            .say(
                rows.isEmpty()
                    ? "There are none. Next: ./commondata order place --customer ID --line SKU"
                    : "Next: ./commondata trace ID");
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "cancel",
      description = "Cancels an order: possible until it is packed.",
      footer = {"", "Exit code: 0 cancelled, 6 the warehouse was asked, 1 too late."})
  static final class CancelCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the order")
    private String id = "";

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        defaultValue = "cancelled by the customer",
        description = "Why (default: ${DEFAULT-VALUE})")
    private String reason = "";

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        return shown(orders(session).cancel(id, reason));
      }
    }

    private int shown(CancelResult result) {
      if (result instanceof CancelResult.NotFound) {
        throw unknown(id);
      }
      if (result instanceof CancelResult.TooLate late) {
        throw new CliException(
            ExitCode.CHECK_FAILED,
            "Order %s is %s: it can't be cancelled any more.".formatted(id, late.state()));
      }
      boolean asked = result instanceof CancelResult.Asked;
      output().row(new Rows("orderId", "result").add(id, asked ? "asked" : "cancelled"));
      output()
          .say(
              asked
                  ? "The warehouse decides. Next: ./commondata order show " + id
                  : "Next: ./commondata trace " + Shell.word(id));
      return asked ? ExitCode.CANNOT_TELL_YET : ExitCode.OK;
    }
  }
}
