package dev.tollgate.core.metering;

/**
 * What a call to a language model adds to its usage record. A text that means nothing for the call
 * is empty.
 *
 * @param model as the client named it
 * @param backend that answered, or the last that was asked; {@code cache} for a hit
 * @param source of the token counts
 * @param currency ISO 4217, of the record's cost; empty when the model is free
 * @param prompt name of the PromptTemplate
 * @param promptVersion 0 without a prompt
 * @param experiment name of the Experiment
 * @param variant of it that was served
 * @param unit 16 hex digits that stand for whom the variant stays with
 * @param cachedTokens of the tokens in, those that the provider had cached
 * @param cacheWriteTokens of the tokens in, those that the provider wrote into its cache
 * @param cacheWriteHourTokens of these, those that it keeps for an hour
 * @param latencyMillis from admission to the end
 * @param firstTokenMillis from admission to the first content; -1 when none came
 * @param error type of the problem that the call ended with
 */
public record ModelCall(
    String model,
    String backend,
    Source source,
    String currency,
    String prompt,
    int promptVersion,
    String experiment,
    String variant,
    String unit,
    long cachedTokens,
    long cacheWriteTokens,
    long cacheWriteHourTokens,
    int latencyMillis,
    int firstTokenMillis,
    String error) {

  /** The error of a call whose caller has left before its end. */
  public static final String CLIENT_GONE = "client-gone";

  /** Where the numbers of tokens come from. */
  public enum Source {
    /** The provider said so. */
    PROVIDER,
    /** The provider was cut off or died; counted up to there. */
    PARTIAL,
    /** Counted by a tokenizer, since the provider does not say. */
    ESTIMATED
  }
}
