package commondata.operate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that an operator did.
 *
 * @param login under which it was done
 * @param actor who, as the program in front of them said
 * @param act a verb, such as replay
 * @param target such as {@code dead letter 7}
 * @param before JSON: what was changed, as it was
 * @param after JSON: what was changed, as it is since
 * @param hash SHA-256 over this and all acts before it
 */
public record ActEntry(
    long id,
    Instant actedAt,
    String login,
    String actor,
    String act,
    String target,
    String reason,
    @Nullable String before,
    @Nullable String after,
    String hash) {}
