package musiccorp.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderPlanTest {

  private static final LocalDate TODAY = LocalDate.of(2026, 3, 2);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 39, 40, 60, 500, 5000})
  void plansExactlyAsManyOrdersAsAsked(int count) {
    Story story = OrderPlan.of(1, count, TODAY);

    assertThat(story.planned().orders()).isEqualTo(count);
    assertThat(orderNumbers(story)).hasSize(count - story.restOrders().size());
  }

  @Test
  void tellsTheSameStoryAgain() {
    assertThat(OrderPlan.of(3, 200, TODAY)).isEqualTo(OrderPlan.of(3, 200, TODAY));
  }

  @Test
  void givesAnotherRunOtherOrderNumbersAndFileNames() {
    Story first = OrderPlan.of(1, 60, TODAY);
    Story second = OrderPlan.of(2, 60, TODAY);

    assertThat(orderNumbers(first)).doesNotContainAnyElementsOf(orderNumbers(second));
    assertThat(names(first)).doesNotContainAnyElementsOf(names(second));
  }

  @Test
  void hasEveryKindOfTroubleInIt() {
    Story story = OrderPlan.of(1, 60, TODAY);
    String files = story.firstWave().stream().map(FeedFile::text).collect(Collectors.joining());

    assertThat(files).contains("card-declined", "MC-999", ",-2,", "CU-9999999", "MC-040");
    assertThat(names(story)).anyMatch(n -> n.contains("-again-"));
    assertThat(names(story)).anyMatch(n -> n.endsWith("-torn.csv"));
    assertThat(story.restOrders()).anyMatch(PlannedOrder::cancelled);
    assertThat(story.secondWave()).isNotEmpty();
  }

  @Test
  void keepsOrdinaryCustomersUnderTheVelocityRule() {
    Story story = OrderPlan.of(1, 5000, TODAY);

    Set<String> busy =
        Pattern.compile("^D1-\\d+,(CU-\\d+),(\\S+?),", Pattern.MULTILINE)
            .matcher(texts(story.firstWave()))
            .results()
            .collect(Collectors.groupingBy(m -> m.group(1) + m.group(2), Collectors.counting()))
            .entrySet()
            .stream()
            .filter(e -> e.getValue() >= 30)
            .map(e -> e.getKey().substring(0, 7))
            .collect(Collectors.toSet());

    assertThat(busy).isSubsetOf("CU-0008");
  }

  @Test
  void writesBankRecordsOfOneWidth() {
    Story story = OrderPlan.of(1, 60, TODAY);
    List<String> lines = story.bank().get(0).text().lines().toList();

    assertThat(lines.get(0)).isEqualTo("H20260302000001");
    assertThat(lines.subList(1, lines.size() - 1)).allMatch(l -> l.length() == 77);
    assertThat(lines.get(lines.size() - 1)).matches("T\\d{22}");
    assertThat(lines.get(1)).matches("D(D1-\\d{5}) {28}20260302\\d{12}card holder disputes");
  }

  private static Set<String> orderNumbers(Story story) {
    return Pattern.compile("^D\\d+-\\d+", Pattern.MULTILINE)
        .matcher(texts(story.firstWave()) + texts(story.secondWave()))
        .results()
        .map(r -> r.group())
        .collect(Collectors.toSet());
  }

  private static String texts(List<FeedFile> files) {
    return files.stream().map(FeedFile::text).collect(Collectors.joining());
  }

  private static List<String> names(Story story) {
    return java.util.stream.Stream.of(
            story.masterData(), story.firstWave(), story.bank(), story.secondWave())
        .flatMap(List::stream)
        .map(FeedFile::name)
        .toList();
  }
}
