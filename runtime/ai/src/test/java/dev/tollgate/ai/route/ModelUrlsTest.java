package dev.tollgate.ai.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.model.ModelProvider;
import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelUrlsTest {

  @ParameterizedTest
  @CsvSource({
    "OpenAI, http://a:1, /v1/chat/completions, http://a:1/v1/chat/completions",
    "OpenAI, http://a:1/, /v1/models, http://a:1/v1/models",
    "OpenAI, http://a/v1, /v1/chat/completions, http://a/v1/chat/completions",
    "OpenAI, http://a/v1/, /v1/chat/completions, http://a/v1/chat/completions",
    "OpenAI, http://a/v1beta/openai/, /v1/chat/completions, http://a/v1beta/openai/chat/completions",
    "OpenAI, http://a/openai/v1, /v1/embeddings, http://a/openai/v1/embeddings",
    "Anthropic, http://a, /v1/messages, http://a/v1/messages",
    "Anthropic, http://a/v1, /v1/models?limit=1000, http://a/v1/models?limit=1000",
    "Anthropic, http://a/anthropic, /v1/messages, http://a/anthropic/v1/messages",
    "Ollama, http://a:11434/, /api/chat, http://a:11434/api/chat",
    "Ollama, http://a:11434/v1, /api/chat, http://a:11434/api/chat",
    "Ollama, http://a/ollama, /v1/chat/completions, http://a/ollama/v1/chat/completions",
  })
  void aBaseIsWhatItsClientsTakeItFor(ModelProvider provider, String base, String path, URI url) {
    assertThat(new ModelUrls(provider, URI.create(base)).of(path)).isEqualTo(url);
  }
}
