package dev.tollgate.ai.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.crd.model.ModelProvider;
import java.io.IOException;

/**
 * What a backend's list of models says of the one that is asked of it. Ollama's list is the truth.
 * Those of others leave names out that are served all the same (aliases, suffixes, later pages), so
 * there a model is gone only if it has been on the list before. Any thread.
 */
final class ModelListing {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final boolean ollama;
  private final String model;
  private volatile boolean seen;

  ModelListing(ModelProvider provider, String model) {
    this.ollama =
        switch (provider) {
          case Ollama -> true;
          case OpenAI, Anthropic -> false;
        };
    this.model = model;
  }

  /** The path of the list, in one piece where the provider would give pages. */
  static String path(ModelProvider provider) {
    return switch (provider) {
      case Ollama -> "/api/tags";
      case OpenAI -> "/v1/models";
      case Anthropic -> "/v1/models?limit=1000";
    };
  }

  /**
   * Why calls should not go to the backend; empty when they should.
   *
   * @param body of the answer to a request for the list
   */
  String trouble(int status, byte[] body) {
    if (status == 404 || status == 405 || status == 501) {
      return ""; // no list to look at
    }
    if (status >= 300) {
      return "it answers " + status;
    }
    JsonNode list;
    try {
      list = JSON.readTree(body);
    } catch (IOException e) {
      return "its list of models is not JSON";
    }
    if (names(list)) {
      seen = true;
      return "";
    }
    return ollama || seen ? "it has no model " + model : "";
  }

  private boolean names(JsonNode list) {
    for (var entry : list.path("models")) { // Ollama
      var name = entry.path("name").asText();
      if (name.equals(model) || name.equals(model + ":latest")) {
        return true;
      }
    }
    for (var entry : list.path("data")) {
      if (entry.path("id").asText().equals(model)) {
        return true;
      }
    }
    return false;
  }
}
