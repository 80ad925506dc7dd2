package musiccorp.notification;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import commondata.schedule.Poll;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Writes mails into the mail drop, one file each, named by its event. First the files, then one
 * commit that says so: a crash between the two writes the same files again, under the same names
 * and with the same content. A reader sees whole files only: each is written beside its place and
 * moved into it.
 */
final class MailWriter implements Poll {

  private static final int MAILS_A_POLL = 200;

  private final Login login;
  private final MailRows rows;
  private final Path drop;

  MailWriter(Login login, Path drop) {
    this.login = login;
    this.rows = new MailRows(login);
    this.drop = drop;
  }

  @Override
  public String name() {
    return "mail-writer";
  }

  @Override
  public boolean pollOnce() {
    return login.inTransaction(this::writeSome);
  }

  private boolean writeSome() {
    List<Mail> mails = rows.lockUnwritten(MAILS_A_POLL);
    if (mails.isEmpty()) {
      return false;
    }
    try {
      Files.createDirectories(drop);
      for (Mail mail : mails) {
        write(mail);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "writing mail into \"%s\": %s".formatted(drop, e.getMessage()), e);
    }
    FaultPoint.OUTBOUND_WRITTEN.reached();
    rows.markWritten(mails);
    return true;
  }

  private void write(Mail mail) throws IOException {
    Path part = drop.resolve(".%s.eml.part".formatted(mail.eventId()));
    Files.write(part, Eml.bytes(mail));
    Files.move(
        part,
        drop.resolve("%s.eml".formatted(mail.eventId())),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
