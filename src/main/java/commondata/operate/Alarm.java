package commondata.operate;

/**
 * Something that somebody should look at.
 *
 * @param name what kind, such as {@code subscription-dead}
 * @param subject of what, such as the name of the subscription
 * @param detail in words, with what to do
 */
public record Alarm(String name, String subject, String detail) {}
