package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonText;

/** Why a model stopped, with each protocol's word for it. */
public enum Finish {
  /** It had said everything, or came to one of the caller's stop sequences. */
  Stop("stop", "end_turn", "stop"),
  /** It came to the largest number of tokens allowed. */
  Length("length", "max_tokens", "length"),
  /** It calls tools and waits for their results. */
  Tools("tool_calls", "tool_use", "stop"),
  /** It calls a function in the way that OpenAI had before tools, and waits for its result. */
  Function("function_call", "tool_use", "stop"),
  /** The provider's filter stopped it. */
  Filtered("content_filter", "refusal", "stop");

  private final String openAi;
  private final String anthropic;
  private final String ollama;

  Finish(String openAi, String anthropic, String ollama) {
    this.openAi = openAi;
    this.anthropic = anthropic;
    this.ollama = ollama;
  }

  /** The value of {@code finish_reason}. */
  public String openAi() {
    return openAi;
  }

  /** The value of {@code stop_reason}. */
  public String anthropic() {
    return anthropic;
  }

  /** The value of {@code done_reason}. */
  public String ollama() {
    return ollama;
  }

  /** The same with what the answer holds: some say a plain stop whatever it is. */
  Finish with(boolean calls, boolean refusal) {
    if (this != Stop) {
      return this;
    }
    return calls ? Tools : refusal ? Filtered : Stop;
  }

  /** Any protocol's word; one that is not known is taken for a plain stop. */
  static Finish of(JsonText word) {
    if (word.is("length") || word.is("max_tokens") || word.is("model_context_window_exceeded")) {
      return Length;
    }
    if (word.is("tool_calls") || word.is("tool_use")) {
      return Tools;
    }
    if (word.is("function_call")) {
      return Function;
    }
    if (word.is("content_filter") || word.is("refusal")) {
      return Filtered;
    }
    return Stop;
  }
}
