package commondata.config;

import java.util.function.UnaryOperator;

/**
 * How a node says what to do next.
 *
 * @param here makes of a hint one whose commands find this installation, however it was named
 */
public record NodeHints(UnaryOperator<String> here) {}
