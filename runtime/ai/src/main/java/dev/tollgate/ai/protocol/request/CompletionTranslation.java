package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.request.ChatRequest.Format;
import dev.tollgate.ai.protocol.request.ChatRequest.Sampling;

/** Requests of a plain prompt, between OpenAI's completions and Ollama's generate. */
final class CompletionTranslation {

  private static final String ELSEWHERE = "is not known in the protocol of this model";

  private CompletionTranslation() {}

  static ObjectNode toOllama(ObjectNode body, String model) throws BadModelRequest {
    var request = new Members(body, "");
    ObjectNode out = Json.MAPPER.createObjectNode().put("model", model);
    out.put("prompt", prompt(request));
    String suffix = request.text("suffix");
    if (suffix != null) {
      out.put("suffix", suffix);
    }
    out.put("stream", Boolean.TRUE.equals(request.flag("stream")));
    OllamaRequestWriter.sampling(
        out,
        new Sampling(
            request.number("temperature"),
            request.number("top_p"),
            null,
            request.number("max_tokens"),
            request.texts("stop"),
            request.number("seed"),
            request.number("presence_penalty"),
            request.number("frequency_penalty"),
            false,
            null));
    requireOne(request, "n");
    requireOne(request, "best_of");
    request.refuseUnlessZero("logprobs", ELSEWHERE);
    request.refuse("logit_bias", ELSEWHERE);
    if (Boolean.TRUE.equals(request.flag("echo"))) {
      throw new BadModelRequest("echo " + ELSEWHERE + ".", "echo");
    }
    request.ignore("model", "user", "stream_options").refuseOthers();
    return out;
  }

  static ObjectNode toOpenAi(ObjectNode body, String model) throws BadModelRequest {
    var request = new Members(body, "");
    ObjectNode out = Json.MAPPER.createObjectNode().put("model", model);
    out.put("prompt", request.requiredText("prompt"));
    String suffix = request.text("suffix");
    if (suffix != null && !suffix.isEmpty()) {
      out.put("suffix", suffix);
    }
    refuse(request);
    Sampling sampling = OllamaRequestReader.sampling(request);
    if (sampling.topK() != null) {
      throw new BadModelRequest("options.top_k " + ELSEWHERE + ".", "options.top_k");
    }
    Options.put(out, "temperature", sampling.temperature());
    Options.put(out, "top_p", sampling.topP());
    Options.put(out, "max_tokens", sampling.maxTokens());
    Options.put(out, "seed", sampling.seed());
    Options.put(out, "presence_penalty", sampling.presencePenalty());
    Options.put(out, "frequency_penalty", sampling.frequencyPenalty());
    Options.stop(out, "stop", sampling.stop());
    Boolean stream = request.flag("stream");
    if (stream == null || stream) {
      out.put("stream", true).putObject("stream_options").put("include_usage", true);
    }
    request.ignore("model", "keep_alive", "truncate", "shift").refuseOthers();
    return out;
  }

  private static void refuse(Members request) throws BadModelRequest {
    for (String name : new String[] {"system", "template"}) {
      String text = request.text(name);
      if (text != null && !text.isEmpty()) {
        throw new BadModelRequest(name + " " + ELSEWHERE + ": use /api/chat.", name);
      }
    }
    request.refuse("images", ELSEWHERE + ": use /api/chat");
    request.refuse("context", "is no part of the protocol of this model: use /api/chat");
    Format format = OllamaRequestReader.format(request);
    if (format != null) {
      throw new BadModelRequest("format " + ELSEWHERE + ": use /api/chat.", "format");
    }
    if (Boolean.TRUE.equals(request.flag("logprobs"))) {
      throw new BadModelRequest("logprobs " + ELSEWHERE + ".", "logprobs");
    }
    JsonNode think = request.value("think");
    if (think != null && !(think.isBoolean() && !think.booleanValue())) {
      throw new BadModelRequest("think " + ELSEWHERE + ".", "think");
    }
    // with raw or without, a completion takes the prompt as it is
    boolean _ = Boolean.TRUE.equals(request.flag("raw"));
  }

  private static String prompt(Members request) throws BadModelRequest {
    JsonNode prompt = request.required("prompt");
    if (prompt.isArray() && prompt.size() == 1 && prompt.get(0).isTextual()) {
      return prompt.get(0).textValue();
    }
    if (prompt.isTextual()) {
      return prompt.textValue();
    }
    throw new BadModelRequest("prompt must be one string for this model.", "prompt");
  }

  private static void requireOne(Members request, String name) throws BadModelRequest {
    JsonNode count = request.number(name);
    if (count != null && count.intValue() != 1) {
      throw new BadModelRequest(
          name + " must be 1: the backend of this model gives one answer at a time.", name);
    }
  }
}
