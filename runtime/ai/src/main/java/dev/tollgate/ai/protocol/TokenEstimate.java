package dev.tollgate.ai.protocol;

/**
 * About how many tokens a text has, for where a provider does not say it. Models have vocabularies
 * of their own; usage that comes of an estimate is marked as one.
 */
public final class TokenEstimate {

  /** English and code have about 4 bytes a token in the usual vocabularies, Chinese about 3. */
  private static final int BYTES_PER_TOKEN = 4;

  private TokenEstimate() {}

  /** Tokens of so many bytes of text, whatever the text is. */
  public static long ofBytes(long bytes) {
    return Math.ceilDiv(bytes, (long) BYTES_PER_TOKEN);
  }
}
