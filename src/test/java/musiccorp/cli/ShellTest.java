package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShellTest {

  @Test
  void quotesWhatAShellWouldSplitOrObey() {
    assertThat(Shell.word("../my-jobs/a.b_1")).isEqualTo("../my-jobs/a.b_1");
    assertThat(Shell.word("my jobs")).isEqualTo("'my jobs'");
    assertThat(Shell.word("it's; $(id)")).isEqualTo("'it'\\''s; $(id)'");
    assertThat(Shell.word("")).isEqualTo("''");
  }
}
