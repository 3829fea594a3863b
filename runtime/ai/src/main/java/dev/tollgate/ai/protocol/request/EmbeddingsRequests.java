package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;

/** Requests of embeddings, between OpenAI's and Ollama's protocols. */
final class EmbeddingsRequests {

  private EmbeddingsRequests() {}

  static ObjectNode toOllama(ObjectNode body, String model) throws BadModelRequest {
    var request = new Members(body, "");
    ObjectNode out = Json.MAPPER.createObjectNode().put("model", model);
    out.set("input", input(request));
    Options.put(out, "dimensions", request.number("dimensions"));
    // Ollama gives numbers, and the answer is written as Base64 where that is wanted
    request.ignore("model", "user", "encoding_format").refuseOthers();
    return out;
  }

  static ObjectNode toOpenAi(ObjectNode body, String model) throws BadModelRequest {
    var request = new Members(body, "");
    ObjectNode out = Json.MAPPER.createObjectNode().put("model", model);
    out.set("input", input(request));
    Options.put(out, "dimensions", request.number("dimensions"));
    out.put("encoding_format", "float");
    request.refuse("options", "cannot be passed on to the protocol of this model");
    request.ignore("model", "keep_alive", "truncate").refuseOthers();
    return out;
  }

  /** A request of Ollama's older embeddings as one of its newer. */
  static ObjectNode ofOlder(ObjectNode body, String model) throws BadModelRequest {
    var request = new Members(body, "");
    ObjectNode out = Json.MAPPER.createObjectNode().put("model", model);
    out.put("input", request.requiredText("prompt"));
    // how the server holds the model is not for one of its tenants to say
    request.ignore("model", "options", "keep_alive").refuseOthers();
    return out;
  }

  private static JsonNode input(Members request) throws BadModelRequest {
    JsonNode input = request.required("input");
    boolean texts = input.isTextual() || (input.isArray() && !input.isEmpty());
    if (input.isArray()) {
      for (JsonNode element : input) {
        texts &= element.isTextual();
      }
    }
    if (!texts) {
      throw new BadModelRequest("input must be a string or strings for this model.", "input");
    }
    return input;
  }
}
