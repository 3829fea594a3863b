package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.MostTokens;
import dev.tollgate.crd.view.ModelBackendView;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which of its dialects a provider is spoken to in. */
final class ModelDialects {

  private ModelDialects() {}

  /** How the backend is told the most tokens of an answer. */
  static MostTokens mostTokens(ModelBackendView backend) {
    return switch (backend.provider()) {
      case Ollama -> MostTokens.OlderAlone;
      case OpenAI -> ofOpenAi(backend.url()) ? MostTokens.Newer : MostTokens.Older;
      case Anthropic -> MostTokens.Older;
    };
  }

  private static Dialect ofOpenAi(boolean responses, Dialect client) {
    if (client.chat()) {
      return responses && client == Dialect.OpenAiResponses ? client : Dialect.OpenAiChat;
    }
    return client.embedding() ? Dialect.OpenAiEmbeddings : Dialect.OpenAiCompletions;
  }

  /** OpenAI itself, in its regions and at Azure; other servers are only compatible with it. */
  private static boolean ofOpenAi(URI url) {
    var host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    return host.equals("api.openai.com")
        || host.endsWith(".api.openai.com")
        || host.endsWith(".openai.azure.com");
  }

  /**
   * The client's own where the provider speaks it, so that nothing needs to be translated;
   * otherwise the provider's that is nearest. Null when the provider has nothing of the kind.
   *
   * @param masked whether the answer is masked, which that of OpenAI's responses cannot be, since
   *     it says each text several times
   */
  static @Nullable Dialect of(ModelBackendView backend, Dialect client, boolean masked) {
    return switch (backend.provider()) {
      case OpenAI -> ofOpenAi(backend.responses() && !masked, client);
      case Ollama ->
          switch (client) {
            // Ollama has OpenAI's paths too
            case OpenAiChat, OpenAiCompletions, OpenAiEmbeddings -> client;
            case OllamaChat, OllamaGenerate, OllamaEmbed -> client;
            case OllamaEmbeddings -> Dialect.OllamaEmbed; // which says the tokens
            case OpenAiResponses, AnthropicMessages -> Dialect.OllamaChat;
          };
      case Anthropic -> client.chat() ? Dialect.AnthropicMessages : null;
    };
  }
}
