package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.crd.model.ModelProvider;
import org.jspecify.annotations.Nullable;

/** Which of its dialects a provider is spoken to in. */
final class ModelDialects {

  private ModelDialects() {}

  /**
   * The client's own where the provider speaks it, so that nothing needs to be translated;
   * otherwise the provider's that is nearest. Null when the provider has nothing of the kind.
   */
  static @Nullable Dialect of(ModelProvider provider, Dialect client) {
    return switch (provider) {
      case OpenAI ->
          client == Dialect.OpenAiResponses || client.chat()
              ? Dialect.OpenAiChat
              : client.embedding() ? Dialect.OpenAiEmbeddings : Dialect.OpenAiCompletions;
      case Ollama ->
          switch (client) {
            // Ollama has OpenAI's paths too
            case OpenAiChat, OpenAiCompletions, OpenAiEmbeddings -> client;
            case OllamaChat, OllamaGenerate, OllamaEmbed -> client;
            case OpenAiResponses, AnthropicMessages -> Dialect.OllamaChat;
          };
      case Anthropic -> client.chat() ? Dialect.AnthropicMessages : null;
    };
  }
}
