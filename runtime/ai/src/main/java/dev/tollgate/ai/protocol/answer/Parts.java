package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says, piece by piece and whatever its dialect; a reader calls it while it walks
 * over an event. A {@link JsonText} is a view that is good only during the call.
 *
 * <p>A choice is one of {@code n} answers, a call is one use of a tool within it; both are counted
 * from 0.
 */
public interface Parts {

  /** A piece of the answer's text; never empty. */
  void text(int choice, JsonText text);

  /** A piece of what the model says in refusing to answer; never empty. */
  void refusal(int choice, JsonText text);

  /** A piece of the model's reasoning; never empty. */
  void thinking(int choice, JsonText text);

  /**
   * The logarithms of probabilities of the tokens of the text that comes next: a JSON array of
   * {@code {token, logprob, bytes, top_logprobs}}.
   */
  void logprobs(int choice, byte[] json, int from, int to);

  /** The model begins to call a tool. */
  void toolCall(int choice, int call, @Nullable String id, String name);

  /**
   * The model begins to call a function in the way that OpenAI had before tools: without an id, and
   * one in a choice. Dialects that have no such way call a tool; the arguments come as a tool's do.
   */
  default void functionCall(int choice, int call, String name) {
    toolCall(choice, call, null, name);
  }

  /** A piece of the arguments, which are JSON written in a string. */
  void toolArguments(int choice, int call, JsonText piece);

  /** All arguments at once, as a JSON object. */
  void toolInput(int choice, int call, byte[] json, int from, int to);

  /**
   * A piece of what only its own dialect has, such as audio, or what a tool of the provider's own
   * does. It goes to clients of the same dialect, and has no place in others.
   */
  default void other(int choice) {}

  /**
   * A choice is complete.
   *
   * @param stopSequence the caller's sequence at which the model stopped, where it is known
   */
  void finish(int choice, Finish reason, @Nullable String stopSequence);

  /** Tokens so far; a later call replaces what an earlier one said. */
  void usage(Tokens tokens);

  /**
   * Where in the array of the event that member is which tells the usage, be it null, where the
   * dialect leaves it to the client whether it comes.
   */
  default void usageMember(int from, int to) {}

  /** The backend failed. */
  void error(UpstreamError error);

  /** The backend has said everything. */
  void end();
}
