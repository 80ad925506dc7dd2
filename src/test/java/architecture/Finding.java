package architecture;

/** One thing that is not as it should be, written as compilers do, so that editors find it. */
record Finding(String file, int line, String what) {

  @Override
  public String toString() {
    return "%s:%d: error: %s".formatted(file, line, what);
  }
}
