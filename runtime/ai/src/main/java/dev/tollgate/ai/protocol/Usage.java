package dev.tollgate.ai.protocol;

/**
 * Tokens of one call.
 *
 * @param input tokens of the prompt, those read from the provider's cache among them
 * @param cachedInput tokens of the prompt that the provider read from its cache
 * @param output tokens of the answer, those of its reasoning among them
 * @param estimated true when at least one figure was counted or guessed here, because the provider
 *     gave none
 */
public record Usage(long input, long cachedInput, long output, boolean estimated) {

  public Usage {
    if (input < 0 || cachedInput < 0 || output < 0) {
      throw new IllegalArgumentException(
          "tokens cannot be below 0: input "
              + input
              + ", cached "
              + cachedInput
              + ", output "
              + output);
    }
    if (cachedInput > input) {
      throw new IllegalArgumentException(
          "cached tokens (" + cachedInput + ") are a part of the input (" + input + ")");
    }
  }

  /** As the provider gave it; a cached part larger than the whole is taken for the whole. */
  static Usage given(long input, long cachedInput, long output) {
    return new Usage(input, Math.min(cachedInput, input), output, false);
  }

  /** Input and output together. */
  public long total() {
    return input + output;
  }
}
