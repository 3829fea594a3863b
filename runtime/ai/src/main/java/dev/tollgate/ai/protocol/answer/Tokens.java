package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Usage;

/**
 * Tokens of an answer as a provider has told them so far.
 *
 * @param input tokens of the prompt, those from the cache among them; -1 when it is not said
 * @param cachedInput those of them that came from the cache; 0 when it is not said
 * @param cacheWrite those of them that were written into the cache; 0 when it is not said
 * @param cacheWriteHour those of these that are kept for an hour; 0 when it is not said
 * @param output tokens of the answer, those of its reasoning among them; -1 when it is not said
 * @param reasoning those of them that are reasoning; -1 when it is not said
 */
public record Tokens(
    long input,
    long cachedInput,
    long cacheWrite,
    long cacheWriteHour,
    long output,
    long reasoning) {

  private static final int NOT_SAID = -1;

  static final Tokens UNSAID = new Tokens(NOT_SAID, 0, 0, 0, NOT_SAID, NOT_SAID);

  /** Where the reasoning is not told apart. */
  static Tokens of(long input, long cachedInput, long output) {
    return new Tokens(input, cachedInput, 0, 0, output, NOT_SAID);
  }

  /** Those of a call. */
  static Tokens of(Usage usage) {
    return new Tokens(
        usage.input(),
        usage.cachedInput(),
        usage.cacheWrite(),
        usage.cacheWriteHour(),
        usage.output(),
        NOT_SAID);
  }

  boolean inputSaid() {
    return input >= 0;
  }

  boolean outputSaid() {
    return output >= 0;
  }

  boolean reasoningSaid() {
    return reasoning >= 0;
  }

  /** What is known when more is told; what a later event leaves out is as before. */
  Tokens then(Tokens later) {
    return new Tokens(
        later.inputSaid() ? later.input : input,
        later.inputSaid() ? later.cachedInput : cachedInput,
        later.inputSaid() ? later.cacheWrite : cacheWrite,
        later.inputSaid() ? later.cacheWriteHour : cacheWriteHour,
        later.outputSaid() ? later.output : output,
        later.reasoningSaid() ? later.reasoning : reasoning);
  }

  /**
   * For where a figure must be written: 0 where none was said, and no more from the cache and into
   * it than there is.
   */
  Tokens counted() {
    long in = Math.max(0, input);
    long out = Math.max(0, output);
    long cached = Math.min(in, cachedInput);
    long written = Math.min(in - cached, cacheWrite);
    return new Tokens(
        in, cached, written, Math.min(written, cacheWriteHour), out, Math.min(out, reasoning));
  }

  /** The same as the usage of a call. */
  Usage usage(boolean estimated) {
    Tokens tokens = counted();
    return new Usage(
        tokens.input,
        tokens.cachedInput,
        tokens.cacheWrite,
        tokens.cacheWriteHour,
        tokens.output,
        estimated);
  }
}
