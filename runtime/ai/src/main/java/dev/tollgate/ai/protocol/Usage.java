package dev.tollgate.ai.protocol;

/**
 * Tokens of one call.
 *
 * @param input tokens of the prompt, those read from the provider's cache or written into it among
 *     them
 * @param cachedInput tokens of the prompt that the provider read from its cache
 * @param cacheWrite tokens of the prompt that the provider wrote into its cache
 * @param cacheWriteHour those of them that it keeps for an hour
 * @param output tokens of the answer, those of its reasoning among them
 * @param estimated true when at least one figure was counted or guessed here, because the provider
 *     gave none
 */
public record Usage(
    long input,
    long cachedInput,
    long cacheWrite,
    long cacheWriteHour,
    long output,
    boolean estimated) {

  public Usage {
    if (input < 0 || cachedInput < 0 || cacheWrite < 0 || cacheWriteHour < 0 || output < 0) {
      throw new IllegalArgumentException(
          "tokens cannot be below 0: input "
              + input
              + ", cached "
              + cachedInput
              + ", written to the cache "
              + cacheWrite
              + " and "
              + cacheWriteHour
              + ", output "
              + output);
    }
    if (cachedInput > input || cacheWrite > input - cachedInput || cacheWriteHour > cacheWrite) {
      throw new IllegalArgumentException(
          "tokens read from the cache ("
              + cachedInput
              + ") and written to it ("
              + cacheWrite
              + ", for an hour "
              + cacheWriteHour
              + ") are parts of the input ("
              + input
              + ")");
    }
  }

  /** Of a provider that writes nothing into a cache, or does not say so. */
  public Usage(long input, long cachedInput, long output, boolean estimated) {
    this(input, cachedInput, 0, 0, output, estimated);
  }

  /** Input and output together. */
  public long total() {
    return input + output;
  }
}
