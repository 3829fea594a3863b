package dev.tollgate.crd.resolve.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.prompt.PromptLabel;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.prompt.PromptTemplateSpec;
import dev.tollgate.crd.prompt.PromptVersion;
import dev.tollgate.crd.value.Names;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.crd.view.PromptVersionView;
import dev.tollgate.crd.view.PromptView;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Prompts. The templates inside messages are read by what renders them, not here. */
public final class PromptResolution {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int LONGEST_PARAMETERS = 16 << 10;
  private static final int LONGEST_VARIABLES = 64 << 10;

  /** What the version itself says, or the call. */
  private static final Set<String> RESERVED =
      Set.of("model", "messages", "prompt", "input", "stream", "stream_options", "user");

  private PromptResolution() {}

  /** All prompts that are served; {@code models} are the names that some route serves. */
  public static Map<String, PromptView> resolveAll(
      Manifests manifests, Set<String> models, List<Finding> findings) {
    Map<String, PromptView> views = new HashMap<>();
    manifests
        .prompts()
        .forEach((name, prompt) -> {
          PromptView view =
              one(name, prompt, models, new Findings("PromptTemplate", name, findings));
          if (view != null) {
            views.put(name, view);
          }
        });
    return views;
  }

  private static @Nullable PromptView one(
      String name, PromptTemplate prompt, Set<String> models, Findings to) {
    PromptTemplateSpec spec = prompt.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    if (spec.versions().isEmpty()) {
      to.refuse("NoVersion", "spec.versions", "there is nothing to render; add a version");
    }
    Map<Integer, PromptVersionView> versions = new LinkedHashMap<>();
    for (int i = 0; i < spec.versions().size(); i++) {
      PromptVersion version = spec.versions().get(i);
      String path = "spec.versions[" + i + "]";
      if (versions.put(version.version(), version(version, models, path, to)) != null) {
        to.refuse(
            "DuplicateName",
            path + ".version",
            "version " + version.version() + " is there twice; give one another number");
      }
    }
    Map<String, Integer> labels = new HashMap<>();
    List<PromptLabel> given = spec.labels() == null ? List.of() : spec.labels();
    for (int i = 0; i < given.size(); i++) {
      PromptLabel label = given.get(i);
      String path = "spec.labels[" + i + "]";
      if (!versions.containsKey(label.version())) {
        to.unresolved(
            "VersionNotFound",
            path + ".version",
            "label "
                + label.name()
                + " points to version "
                + label.version()
                + ", which is not there; add the version or name another");
      } else if (labels.put(label.name(), label.version()) != null) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "two labels are named " + label.name() + "; rename one");
      }
    }
    return to.refused()
        ? null
        : new PromptView(
            name,
            spec.displayName() == null ? name : spec.displayName(),
            Collections.unmodifiableMap(versions),
            Map.copyOf(labels));
  }

  private static PromptVersionView version(
      PromptVersion version, Set<String> models, String path, Findings to) {
    if (!models.contains(version.model())) {
      to.unresolved(
          "ModelNotFound",
          path + ".model",
          "no ModelRoute serves " + version.model() + "; create one or name another model");
    }
    if (version.messages().isEmpty()) {
      to.refuse("NoMessage", path + ".messages", "the version says nothing; add a message");
    }
    List<PromptMessageView> messages =
        version.messages().stream().map(m -> new PromptMessageView(m.role(), m.content())).toList();
    String parameters = parameters(version.parameters(), path + ".parameters", to);
    String variables = variables(version.variables(), path + ".variables", to);
    return new PromptVersionView(
        version.version(),
        version.model(),
        parameters,
        messages,
        variables,
        digest(version, messages, parameters, variables));
  }

  private static String parameters(@Nullable JsonNode given, String path, Findings to) {
    if (given == null || given.isNull()) {
      return "{}";
    }
    for (Map.Entry<String, JsonNode> field : given.properties()) {
      if (RESERVED.contains(field.getKey())) {
        to.refuse(
            "ParameterNotAllowed",
            path + "." + field.getKey(),
            field.getKey() + " is said by the version or by the call; remove it here");
      }
    }
    return bounded(given, LONGEST_PARAMETERS, path, to);
  }

  private static String variables(@Nullable JsonNode given, String path, Findings to) {
    if (given == null || given.isNull()) {
      return "{\"properties\":{},\"type\":\"object\"}";
    }
    if (!given.path("type").asText().equals("object")) {
      to.refuse(
          "NotAnObjectSchema",
          path + ".type",
          "variables are named values, so their schema is of type object; set type: object and"
              + " describe them under properties");
    } else if (given.has("properties") && !given.get("properties").isObject()) {
      to.refuse(
          "NotAnObjectSchema",
          path + ".properties",
          "properties is a set of variables by name; write it like {tone: {type: string}}");
    } else {
      required(given, path, to);
    }
    references(given, path, to);
    return bounded(given, LONGEST_VARIABLES, path, to);
  }

  private static void required(JsonNode schema, String path, Findings to) {
    JsonNode required = schema.path("required");
    for (int i = 0; i < required.size(); i++) {
      String name = required.path(i).asText();
      if (!schema.path("properties").has(name)) {
        to.refuse(
            "VariableNotDescribed",
            path + ".required[" + i + "]",
            "variable "
                + Names.printable(name)
                + " is required but not described; add it to properties");
      }
    }
  }

  /** A schema is never fetched from elsewhere. */
  private static void references(JsonNode schema, String path, Findings to) {
    for (String keyword : List.of("$ref", "$dynamicRef")) {
      JsonNode reference = schema.path(keyword);
      if (reference.isTextual() && !reference.asText().startsWith("#")) {
        to.refuse(
            "RemoteReference",
            path + "." + keyword,
            "a schema refers only to parts of itself; begin the reference with # or write the"
                + " schema out");
      }
    }
    for (Map.Entry<String, JsonNode> field : schema.properties()) {
      references(field.getValue(), path + "." + field.getKey(), to);
    }
    if (schema.isArray()) {
      for (int i = 0; i < schema.size(); i++) {
        references(schema.get(i), path + "[" + i + "]", to);
      }
    }
  }

  private static String bounded(JsonNode value, int longest, String path, Findings to) {
    String text = CanonicalJson.text(value);
    if (text.length() > longest) {
      to.refuse(
          "TooLarge",
          path,
          "this takes "
              + text.length()
              + " characters as JSON and may take "
              + longest
              + "; make it shorter");
    }
    return text;
  }

  private static String digest(
      PromptVersion version,
      List<PromptMessageView> messages,
      String parameters,
      String variables) {
    ObjectNode whole = JSON.objectNode();
    whole.put("version", version.version());
    whole.put("model", version.model());
    // as text, in their one form already
    whole.put("parameters", parameters);
    whole.put("variables", variables);
    var list = whole.putArray("messages");
    messages.forEach(m -> list.addObject().put("role", m.role()).put("content", m.content()));
    return CanonicalJson.digest(CanonicalJson.text(whole));
  }
}
