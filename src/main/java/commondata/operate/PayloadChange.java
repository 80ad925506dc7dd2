package commondata.operate;

import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/**
 * One value in which two payloads differ; personal data as {@code ***}, unless it was revealed.
 *
 * @param pointer JSON pointer
 * @param was JSON; null: it was not there
 * @param isNow JSON; null: it is not there any more
 */
public record PayloadChange(String pointer, @Nullable String was, @Nullable String isNow) {

  static final RowMapper<PayloadChange> ROW =
      (row, number) ->
          new PayloadChange(
              row.getString("pointer"), row.getString("was"), row.getString("is_now"));
}
