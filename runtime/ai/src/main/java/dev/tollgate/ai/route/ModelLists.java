package dev.tollgate.ai.route;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.ClientErrors;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Use;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.gateway.admission.Gate;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Which models a tenant may call, as OpenAI, Anthropic and Ollama list them. */
@Singleton
final class ModelLists {

  private static final String OPENAI = "/v1/models";
  private static final String OLLAMA = "/api/tags";
  private static final String RUNNING = "/api/ps";
  private static final String VERSION = "/api/version";

  /** Ollama's path that tells of one model, which is named in a body. */
  static final String SHOW = "/api/show";

  /** When models are said to have been made: nobody knows, and clients want a time. */
  private static final String SINCE = "2026-01-01T00:00:00Z";

  private static final long SINCE_SECONDS = 1_767_225_600L;

  /** When models are said to be unloaded, which the gateway does not do. */
  private static final String NEVER = "2318-01-01T00:00:00Z";

  /** As many entries as Anthropic lets a page have. */
  private static final int MOST_OF_A_PAGE = 1000;

  private final Gate gate;
  private final ObjectMapper json = new ObjectMapper();

  ModelLists(Gate gate) {
    this.gate = gate;
  }

  boolean serves(String path) {
    return path.equals(OPENAI)
        || path.startsWith(OPENAI + "/")
        || path.equals(OLLAMA)
        || path.equals(RUNNING)
        || path.equals(VERSION);
  }

  /** The dialect that a client of a list speaks. */
  Dialect dialect(HttpRequest<?> request) {
    if (request.getPath().startsWith("/api/")) {
      return Dialect.OllamaChat;
    }
    return request.getHeaders().contains("anthropic-version")
        ? Dialect.AnthropicMessages
        : Dialect.OpenAiChat;
  }

  /** Whether a plan has a model; one that lists none has all. */
  boolean allows(PlanView plan, String model) {
    return plan.models().isEmpty() || plan.models().contains(model);
  }

  /** Whether a key or token may call models, or at least one that has a scope of its own. */
  boolean opens(Principal principal, ModelRoutes routes) {
    return principal.scopes().allow(Use.MODELS)
        || routes.models().stream().anyMatch(m -> opens(principal, routes, m));
  }

  private static boolean opens(Principal principal, ModelRoutes routes, String model) {
    var route = routes.of(model);
    return route != null && Gate.opens(principal, route);
  }

  private boolean sold(Principal principal, ModelRoutes routes, String model) {
    var route = routes.of(model);
    return route != null && gate.allows(principal, route.view(), route.use());
  }

  /**
   * A list, or an entry of one.
   *
   * @throws BadModelRequest when a page is asked for that there cannot be
   */
  HttpResponse<?> list(HttpRequest<?> request, Principal principal, ModelRoutes routes)
      throws BadModelRequest {
    var models = models(principal, routes);
    var path = request.getPath();
    if (path.equals(VERSION)) {
      return answer(node().put("version", "0.6.8"));
    }
    if (path.startsWith(OPENAI + "/")) {
      var model = decoded(path.substring(OPENAI.length() + 1));
      return models.contains(model)
          ? answer(entry(dialect(request), model))
          : notFound(dialect(request), model);
    }
    if (path.equals(RUNNING)) {
      return answer(running(models, routes));
    }
    return answer(
        dialect(request) == Dialect.AnthropicMessages
            ? page(request, models)
            : list(dialect(request), models));
  }

  private List<String> models(Principal principal, ModelRoutes routes) {
    return routes.models().stream()
        .filter(m -> allows(principal.tenant().plan(), m) && sold(principal, routes, m))
        .toList();
  }

  private static HttpResponse<?> notFound(Dialect dialect, String model) {
    var detail = ModelProblems.noModel(model).detail();
    return HttpResponse.notFound()
        .contentType("application/json")
        .body(ClientErrors.body(dialect, ClientErrors.Kind.ModelNotFound, detail, "model"));
  }

  /**
   * Ollama's answer to show. What a model can do nobody has told the gateway, so it may be asked
   * for text and with tools.
   *
   * @throws BadModelRequest when the body names no model
   */
  HttpResponse<?> show(byte[] body, Principal principal, ModelRoutes routes)
      throws BadModelRequest {
    var model = named(body);
    if (!models(principal, routes).contains(model)) {
      return notFound(Dialect.OllamaChat, model);
    }
    var details = node().put("parent_model", "").put("format", "gguf").put("family", "");
    details.putArray("families");
    details.put("parameter_size", "").put("quantization_level", "");
    var shown = node().put("modelfile", "").put("parameters", "").put("template", "");
    shown.set("details", details);
    shown.set("model_info", node().put("general.basename", model));
    shown.putArray("capabilities").add("completion").add("tools");
    return answer(shown.put("modified_at", SINCE));
  }

  /** The model that Ollama's show is asked for; older clients call it name. */
  private String named(byte[] body) throws BadModelRequest {
    try {
      var asked = json.readTree(body);
      var model = asked.path("model").asText(asked.path("name").asText());
      if (model.isEmpty()) {
        throw new BadModelRequest("The request must name a model.", "model");
      }
      return model;
    } catch (IOException e) {
      throw BadModelRequest.notJson("The body", null, e);
    }
  }

  /** A name as it was before it was put into a path, where a colon and a slash are escaped. */
  private static String decoded(String segment) {
    try {
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return segment;
    }
  }

  /** Anthropic's answer to count_tokens. */
  HttpResponse<?> count(HttpRequest<?> request, long tokens) {
    return answer(node().put("input_tokens", tokens));
  }

  /** The models that a backend would take a call for, as Ollama lists those that it has loaded. */
  private static ObjectNode running(List<String> models, ModelRoutes routes) {
    var list = JsonNodeFactory.instance.arrayNode();
    for (var model : models) {
      var route = routes.of(model);
      if (route != null && route.backends().stream().anyMatch(ModelBackend::available)) {
        var entry = entry(Dialect.OllamaChat, model);
        entry.remove("modified_at");
        list.add(entry.put("expires_at", NEVER).put("size_vram", 0));
      }
    }
    return node().set("models", list);
  }

  /** Anthropic's list, of which a client may ask for a page; without a limit it has all models. */
  private static ObjectNode page(HttpRequest<?> request, List<String> models)
      throws BadModelRequest {
    var after = place(request, models, "after_id", -1);
    var before = place(request, models, "before_id", models.size());
    var within = models.subList(Math.min(after + 1, before), before);
    var most = limit(request);
    var last = before < models.size() && after < 0; // the page that ends there
    var from = last ? Math.max(0, within.size() - most) : 0;
    var page = within.subList(from, Math.min(within.size(), from + most));
    var list = JsonNodeFactory.instance.arrayNode();
    page.forEach(model -> list.add(entry(Dialect.AnthropicMessages, model)));
    return node()
        .put("has_more", page.size() < within.size())
        .put("first_id", page.isEmpty() ? null : page.getFirst())
        .put("last_id", page.isEmpty() ? null : page.getLast())
        .set("data", list);
  }

  private static int place(HttpRequest<?> request, List<String> models, String name, int unsaid)
      throws BadModelRequest {
    var model = request.getParameters().get(name);
    if (model == null || model.isEmpty()) {
      return unsaid;
    }
    var place = models.indexOf(model);
    if (place < 0) {
      throw new BadModelRequest(name + " names no model of the list.", name);
    }
    return place;
  }

  private static int limit(HttpRequest<?> request) throws BadModelRequest {
    var limit = request.getParameters().get("limit");
    if (limit == null) {
      return Integer.MAX_VALUE;
    }
    if (!limit.matches("[1-9][0-9]{0,3}") || Integer.parseInt(limit) > MOST_OF_A_PAGE) {
      throw new BadModelRequest(
          "limit must be a whole number from 1 to " + MOST_OF_A_PAGE + ".", "limit");
    }
    return Integer.parseInt(limit);
  }

  private static ObjectNode list(Dialect dialect, List<String> models) {
    var list = JsonNodeFactory.instance.arrayNode();
    models.forEach(model -> list.add(entry(dialect, model)));
    if (dialect.ollama()) {
      return node().set("models", list);
    }
    return node().put("object", "list").set("data", list);
  }

  private static ObjectNode entry(Dialect dialect, String model) {
    if (dialect.ollama()) {
      return node()
          .put("name", model)
          .put("model", model)
          .put("modified_at", SINCE)
          .put("size", 0)
          .put("digest", "")
          .set("details", node().put("format", "gguf"));
    }
    if (dialect == Dialect.AnthropicMessages) {
      return node()
          .put("type", "model")
          .put("id", model)
          .put("display_name", model)
          .put("created_at", SINCE);
    }
    return node()
        .put("id", model)
        .put("object", "model")
        .put("created", SINCE_SECONDS)
        .put("owned_by", "tollgate");
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }

  private HttpResponse<?> answer(ObjectNode body) {
    return HttpResponse.ok(text(body)).contentType("application/json");
  }

  private String text(ObjectNode body) {
    try {
      return json.writeValueAsString(body);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }
}
