package dev.tollgate.ai.route;

import dev.tollgate.crd.model.ModelProvider;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the paths of a backend's protocol are. A base of OpenAI's protocol is what its clients call
 * {@code base_url}, and gets {@code /v1} where it has no path; that of others is where their paths
 * begin, be it written with a {@code /v1} or without. Any thread.
 */
final class ModelUrls {

  private static final String VERSION = "/v1";

  private final boolean openAi;
  private final String base;
  private final Map<String, URI> known = new ConcurrentHashMap<>();

  ModelUrls(ModelProvider provider, URI url) {
    this.openAi =
        switch (provider) {
          case OpenAI -> true;
          case Anthropic, Ollama -> false;
        };
    var text = url.toString();
    while (text.endsWith("/")) {
      text = text.substring(0, text.length() - 1);
    }
    var path = url.getPath();
    if (openAi) {
      this.base = path == null || path.replace("/", "").isEmpty() ? text + VERSION : text;
    } else {
      this.base =
          text.endsWith(VERSION) ? text.substring(0, text.length() - VERSION.length()) : text;
    }
  }

  /**
   * The URL of a path.
   *
   * @param path as {@code api.openai.com}, {@code api.anthropic.com} or an Ollama without a prefix
   *     has it, maybe with a query
   */
  URI of(String path) {
    return known.computeIfAbsent(
        path, p -> URI.create(base + (openAi ? p.substring(VERSION.length()) : p)));
  }
}
