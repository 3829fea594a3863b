package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.MostTokens;
import java.util.Set;

/** Writes a request for a backend of another dialect. */
public final class RequestTranslation {

  private RequestTranslation() {}

  /**
   * @param model the model as the backend names it
   * @param most how a backend of OpenAI's chat is told the most tokens
   * @param optional members that are left out where the backend's dialect cannot say them
   * @throws BadModelRequest when the backend's dialect cannot say what is asked
   */
  public static byte[] translate(
      Dialect client,
      byte[] body,
      Dialect backend,
      String model,
      MostTokens most,
      Set<String> optional)
      throws BadModelRequest {
    if (!client.reaches(backend)) {
      throw new BadModelRequest(
          "This model is served by "
              + backend.path()
              + ", which a call of "
              + client.path()
              + " cannot be translated to.",
          null);
    }
    return Json.bytes(translate(client, Json.object(body), backend, model, most, optional));
  }

  /** The same with a tree, which loses the members that are left out. */
  static ObjectNode translate(
      Dialect client,
      ObjectNode request,
      Dialect backend,
      String model,
      MostTokens most,
      Set<String> optional)
      throws BadModelRequest {
    while (true) {
      try {
        return written(client, request, backend, model, most);
      } catch (BadModelRequest e) {
        var member = e.member();
        if (member == null || !optional.contains(member) || request.remove(member) == null) {
          throw e;
        }
      }
    }
  }

  private static ObjectNode written(
      Dialect client, ObjectNode request, Dialect backend, String model, MostTokens most)
      throws BadModelRequest {
    return switch (backend) {
      case OpenAiCompletions -> CompletionTranslation.toOpenAi(request, model);
      case OllamaGenerate -> CompletionTranslation.toOllama(request, model);
      case OpenAiEmbeddings ->
          EmbeddingsRequests.toOpenAi(
              client == Dialect.OllamaEmbeddings
                  ? EmbeddingsRequests.ofOlder(request, model)
                  : request,
              model);
      case OllamaEmbed ->
          client == Dialect.OllamaEmbeddings
              ? EmbeddingsRequests.ofOlder(request, model)
              : EmbeddingsRequests.toOllama(request, model);
      case OpenAiChat -> new OpenAiChatRequestWriter(most).write(chat(client, request), model);
      case AnthropicMessages -> new AnthropicRequestWriter().write(chat(client, request), model);
      case OllamaChat -> new OllamaRequestWriter().write(chat(client, request), model);
      case OpenAiResponses, OllamaEmbeddings ->
          throw new IllegalStateException("reached by its own kind only");
    };
  }

  private static ChatRequest chat(Dialect client, ObjectNode request) throws BadModelRequest {
    return switch (client) {
      case OpenAiChat -> new OpenAiChatRequestReader().read(request);
      case OpenAiResponses -> new ResponsesRequestReader().read(request);
      case AnthropicMessages -> new AnthropicRequestReader().read(request);
      case OllamaChat -> new OllamaRequestReader().read(request);
      default -> throw new IllegalStateException(client + " is no chat");
    };
  }
}
