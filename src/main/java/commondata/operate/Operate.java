package commondata.operate;

import commondata.database.Login;
import commondata.event.PayloadError;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What people do with an installation: look with one login, act with another. The commands are
 * renderings of it and hold no SQL of their own. Thread-safe.
 */
public final class Operate {

  /** Login that may read everything and change nothing. */
  public static final String READER = "commondata_console";

  /** Login that acts through functions granted to it. */
  public static final String OPERATOR = "commondata_operator";

  private static final String CONFIRM = "confirm";

  private final Traces traces;
  private final Events events;
  private final Reveals reveals;
  private final Readers readers;
  private final DeadLetters deadLetters;
  private final Hospital hospital;
  private final FileEntries files;
  private final ExpectedFiles expectedFiles;
  private final Runs runs;
  private final Checks checks;
  private final Acts acts;

  /**
   * @param reader {@link #READER}
   * @param operator gives {@link #OPERATOR}; asked only when there is something to do
   */
  public Operate(Login reader, Supplier<Login> operator) {
    traces = new Traces(reader);
    events = new Events(reader, operator);
    reveals = new Reveals(operator);
    readers = new Readers(reader, operator);
    deadLetters = new DeadLetters(reader);
    hospital = new Hospital(reader, operator);
    files = new FileEntries(reader, operator);
    expectedFiles = new ExpectedFiles(reader, operator);
    runs = new Runs(reader, operator);
    checks = new Checks(reader);
    acts = new Acts(reader);
  }

  /** Everything that happened to one business id, by time; empty if nothing did. */
  public List<TraceEntry> trace(String businessId) {
    return traces.of(businessId);
  }

  /** Everything that happened to one file, by time; empty if there is none. */
  public List<TraceEntry> traceFile(long file) {
    return traces.ofFiles(file, null);
  }

  /** The same of the files that a run took or wrote; empty if there are none. */
  public List<TraceEntry> traceRun(long run) {
    return traces.ofFiles(null, run);
  }

  /** Every event type and version that may be published. */
  public List<TypeEntry> eventTypes() {
    return events.types();
  }

  /** Events of one key, the latest first, with personal data masked. */
  public List<EventEntry> events(String key, int limit) {
    return events.ofKey(key, limit);
  }

  /** One event, with personal data masked. */
  public Optional<EventEntry> event(UUID eventId) {
    return events.find(eventId);
  }

  /** One event as CloudEvents 1.0 in structured JSON mode, with personal data masked. */
  public Optional<String> cloudEvent(UUID eventId) {
    return events.cloudEvent(eventId);
  }

  /**
   * Lets a delayed event be handled before its time, in its place among the events of its key.
   *
   * @return false if there is no such event, or it does not wait for a time
   */
  public boolean release(UUID eventId, Act act) {
    return events.release(eventId, act);
  }

  /** Payload of an event with its personal data; the look is kept as an act. */
  public Optional<String> reveal(UUID eventId, Act act) {
    return reveals.event(eventId, act);
  }

  /** Payload of a dead letter with its personal data; the look is kept as an act. */
  public Optional<String> revealDeadLetter(long id, Act act) {
    return reveals.deadLetter(id, act);
  }

  /** {@link #proposedChanges} with personal data; the look is kept as an act. */
  public List<PayloadChange> revealProposedChanges(long letter, Act act) {
    return reveals.proposedChanges(letter, act);
  }

  /** How far each reader is behind. */
  public List<Lag> lag() {
    return readers.lag();
  }

  /** How far each reader is behind in each part of the log. */
  public List<Lag> lagByPart() {
    return readers.lagByPart();
  }

  /** How long events waited, a row a reader that has handled any. Reads the whole log. */
  public List<Wait> waits() {
    return readers.waits();
  }

  public List<Reader> subscriptions() {
    return readers.list();
  }

  /**
   * Stops a reader, or lets it go on.
   *
   * @return false if there is none of that name
   */
  public boolean pause(String subscription, boolean paused, Act act) {
    return readers.pause(subscription, paused, act);
  }

  /**
   * What a rewind would do, part by part; parts that it would not move are not in it.
   *
   * @param to beginning, now, PART:POSITION, or a time
   */
  public List<RewoundPart> rewindPlan(String subscription, String to) {
    return readers.rewindPlan(subscription, to);
  }

  /**
   * Lets a reader read again what it has read.
   *
   * @param to beginning, now, PART:POSITION, or a time
   * @return what it did, part by part; empty if the reader is not that far
   */
  public List<RewoundPart> rewind(String subscription, String to, Act act) {
    return readers.rewind(subscription, to, act);
  }

  /** What would be lost with a reader that is removed; empty if there is none of that name. */
  public Optional<Removal> removalPlan(String subscription) {
    return readers.removalPlan(subscription);
  }

  /**
   * Removes a reader that nobody will start again, with what waits for it.
   *
   * @return what was lost, or, with a refusal, why nothing was done; empty if there is none of that
   *     name
   */
  public Optional<Removal> remove(String subscription, Act act) {
    return readers.remove(subscription, act);
  }

  /** The oldest dead letters first. */
  public List<DeadLetter> deadLetters(DeadLetterFilter filter, int limit) {
    return deadLetters.list(filter, limit);
  }

  public Optional<DeadLetter> deadLetter(long id) {
    return deadLetters.find(id);
  }

  /** Open dead letters and others, by what made them fail; the largest group first. */
  public List<DeadLetterGroup> deadLetterGroups(DeadLetterFilter filter) {
    return deadLetters.groups(filter);
  }

  /** Does something with one dead letter. */
  public LetterResult treat(long letter, LetterAct act, Act why) {
    return hospital.act(letter, act.column(), null, null, why);
  }

  /**
   * Agrees, as a second operator, to what is proposed for one dead letter.
   *
   * @param seen {@link DeadLetter#proposal} as the operator has seen it; what was proposed after
   *     that is {@link LetterResult#UNSEEN}
   */
  public LetterResult confirm(long letter, long seen, Act why) {
    return hospital.act(letter, CONFIRM, null, seen, why);
  }

  /**
   * Lets the reader try an open dead letter with another payload. The letter keeps its own and is
   * closed; the edited one is a letter of its own, with a new event id.
   *
   * @param payload JSON that has no {@link #payloadErrors}; else it is {@link LetterResult#UNFIT}
   */
  public LetterResult edit(long letter, String payload, Act why) {
    return payloadErrors(letter, payload).isEmpty()
        ? hospital.act(letter, "edit", payload, null, why)
        : LetterResult.UNFIT;
  }

  /** What in a payload does not fit the schema that is registered for a letter's event. */
  public List<PayloadError> payloadErrors(long letter, String payload) {
    return hospital.payloadErrors(letter, payload);
  }

  /** What {@link #edit} would change. */
  public List<PayloadChange> changes(long letter, String payload) {
    return hospital.changes(letter, payload);
  }

  /** What an edit that waits for a second operator would change; empty if there is none. */
  public List<PayloadChange> proposedChanges(long letter) {
    return hospital.proposedChanges(letter);
  }

  /** Freezes which letters are meant; returns the set's number for {@link #nextInSet}. */
  public long makeLetterSet(LetterAct act, List<Long> letters, Act why) {
    return hospital.makeSet(act.column(), letters, null, why);
  }

  /** As {@link #makeLetterSet}, to {@link #confirm} what is proposed for each. */
  public long makeConfirmSet(List<Long> letters, long seen, Act why) {
    return hospital.makeSet(CONFIRM, letters, seen, why);
  }

  /** Whether a set of that number was ever made. */
  public boolean hasLetterSet(long set) {
    return deadLetters.hasSet(set);
  }

  /** Acts on the next letter of a set, in one transaction; empty when all are done. */
  public Optional<LetterStep> nextInSet(long set) {
    return hospital.nextInSet(set);
  }

  /** The latest files first. */
  public List<FileEntry> files(@Nullable String feed, @Nullable String state, int limit) {
    return files.list(feed, state, limit);
  }

  public Optional<FileEntry> file(long id) {
    return files.find(id);
  }

  /** The latest file of a feed with that content. */
  public Optional<FileEntry> file(String feed, String sha256) {
    return files.latest(feed, sha256);
  }

  /** Errors of a file's refused records, by line. */
  public List<FileReject> rejects(long file, int limit) {
    return files.rejects(file, limit);
  }

  /** What {@link #release} would do; the file must be there. */
  public ReleasePlan releasePlan(long file) {
    return files.releasePlan(file);
  }

  /**
   * Lets a held file be loaded. If it waits for its number, the numbers that are missing before it
   * are given up.
   *
   * @return why not, as the end of a sentence about the file; empty: it is released
   */
  public Optional<String> release(long file, Act act) {
    return files.release(file, act);
  }

  /**
   * Refuses a file that is held, or claimed and not being loaded, such as one that has vanished. It
   * is moved to the rejected ones by the next poll, with the reason. Its number is missing then.
   *
   * @return why not, as the end of a sentence about the file; empty: it is rejected
   */
  public Optional<String> reject(long file, Act act) {
    return files.reject(file, act);
  }

  /** What {@link #renumber} would do; empty if there is no such feed. */
  public Optional<Renumbering> renumberPlan(String feed, long next) {
    return files.renumberPlan(feed, next);
  }

  /**
   * Says which number comes next in a feed whose files have numbers: those below it are given up,
   * or, if the feed was further, come again.
   *
   * @return what it has done; empty if there is no such feed
   */
  public Optional<Renumbering> renumber(String feed, long next, Act act) {
    return files.renumber(feed, next, act);
  }

  /** What lies in {@code incoming} of a feed, or of all, for long, and is not taken. */
  public List<UntakenFile> untakenFiles(@Nullable String feed) {
    return files.untaken(feed);
  }

  /** Files that feeds expect, those due last first. */
  public List<ExpectedFile> expectedFiles(
      @Nullable String feed, @Nullable String state, int limit) {
    return expectedFiles.list(feed, state, limit);
  }

  /**
   * Says that an expected file does not come after all.
   *
   * @return false if none is expected for that day, or it was said before
   */
  public boolean waive(String feed, LocalDate businessDate, Act act) {
    return expectedFiles.waive(feed, businessDate, act);
  }

  /** Every registered job. */
  public List<JobEntry> jobs() {
    return runs.jobs();
  }

  /**
   * Gives up what a job was due for up to now, and what of it has failed. A run that is at work
   * goes on.
   *
   * @return what that was; empty if no node has ever clocked the job
   */
  public Optional<SkippedJob> skip(String job, Act act) {
    return runs.skip(job, act);
  }

  /**
   * The latest runs first.
   *
   * @param state RUNNING, SUCCEEDED, FAILED or ABANDONED; null: any
   */
  public List<RunEntry> runs(
      @Nullable String job, @Nullable String state, @Nullable LocalDate businessDate, int limit) {
    return runs.list(job, state, businessDate, limit);
  }

  public Optional<RunEntry> run(long id) {
    return runs.find(id);
  }

  /**
   * What somebody should look at.
   *
   * @param keep how long a day of the log stays
   */
  public List<Alarm> alarms(Duration keep) {
    return readers.alarms(keep);
  }

  /**
   * Whether a node is connected, whatever it runs. One that was killed is not; one whose host is
   * gone counts until the server misses it, within two minutes.
   */
  public boolean hasNode() {
    return readers.hasNode();
  }

  /** Whether somebody can log in under that name. */
  public boolean hasLogin(String login) {
    return readers.hasLogin(login);
  }

  /**
   * Reads every invariant.
   *
   * @param sample offending rows, and rows of unsettled work, to bring at most
   */
  public CheckReport check(int sample) {
    return checks.run(sample);
  }

  /**
   * The latest acts of operators first.
   *
   * @param target what was acted on, such as {@code dead letter 7}; null: anything
   */
  public List<ActEntry> acts(@Nullable String target, int limit) {
    return acts.list(target, limit);
  }
}
