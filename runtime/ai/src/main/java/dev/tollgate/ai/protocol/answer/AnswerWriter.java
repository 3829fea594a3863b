package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.json.JsonOutput;

/**
 * Writes the events of one answer in one dialect. What it is told to write goes to {@link
 * #output()}, from which it is taken away when it is sent. Errors are not written: they are the
 * caller's.
 */
public interface AnswerWriter extends Parts {

  /** What has been written and not been taken away yet. */
  JsonOutput output();

  /** What tells a writer the parts after a filter has changed them. */
  static Parts filtered(TextFilter filter, Parts writer) {
    return new FilteredParts(filter, writer);
  }

  /** A writer of a stream for the client of a call. */
  static AnswerWriter of(Exchange exchange) {
    return switch (exchange.client()) {
      case OpenAiChat -> new OpenAiChatWriter(exchange);
      case OpenAiCompletions -> new OpenAiCompletionsWriter(exchange);
      case OpenAiResponses -> new OpenAiResponsesWriter(exchange);
      case AnthropicMessages -> new AnthropicWriter(exchange);
      case OllamaChat, OllamaGenerate -> new OllamaWriter(exchange);
      case OpenAiEmbeddings, OllamaEmbed, OllamaEmbeddings ->
          throw new IllegalArgumentException("embeddings are not streamed");
    };
  }
}
