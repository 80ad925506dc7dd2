package commondata.event;

/**
 * One thing in a payload that does not fit its schema.
 *
 * @param pointer JSON pointer of where it is; empty: the payload itself
 * @param message what is wrong there, without the value
 */
public record PayloadError(String pointer, String message) {}
