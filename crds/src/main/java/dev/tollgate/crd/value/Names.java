package dev.tollgate.crd.value;

/** Names that come from the outside, as messages repeat them. */
public final class Names {
  private static final int LONGEST = 60;

  private Names() {}

  /** The name without control characters, and not too long. */
  public static String printable(String name) {
    String clean = name.replaceAll("[^ -~]", "?");
    return clean.length() > LONGEST ? clean.substring(0, LONGEST) + "..." : clean;
  }
}
