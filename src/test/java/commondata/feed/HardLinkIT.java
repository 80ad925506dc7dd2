package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A file in incoming that has another name elsewhere. */
final class HardLinkIT extends LargeFeedSteps {

  private static final String FILE = LargeFeed.records(3);

  @Test
  void refusesAFileThatStillHasAnotherNameTenSecondsLater() throws IOException {
    LargeFeed feed = feed("append");
    Path elsewhere = Files.writeString(drop.resolve("elsewhere"), FILE);
    Files.createLink(feed.incoming("a.csv"), elsewhere);
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofSeconds(9));
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.incoming("a.csv")).exists();

    clock.advance(Duration.ofSeconds(1));
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).isEmpty();
    assertThat(drop.resolve("append/rejected/refused-a.csv.reason.txt"))
        .hasContent("it has another name, too: a hard link");
    assertThat(elsewhere).hasContent(FILE.stripTrailing());
  }

  @Test
  void takesAFileWhoseWriterRemovesItsOtherNameSoon() throws IOException {
    LargeFeed feed = feed("append");
    Path elsewhere = Files.writeString(drop.resolve("elsewhere"), FILE);
    Files.createLink(feed.incoming("a.csv"), elsewhere);
    FeedPoll poll = feed.poll();
    CatalogFeed.untilQuiet(poll);
    clock.advance(Duration.ofSeconds(5));
    CatalogFeed.untilQuiet(poll);

    Files.delete(elsewhere);
    CatalogFeed.untilQuiet(poll);

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 3 0");
  }
}
