package commondata.operate;

/** Work that is not done yet. */
public record Unsettled(String what, String id, String detail) {}
