package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.DialectId;
import com.networknt.schema.dialect.Dialects;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The variables of a prompt, by its JSON Schema (draft 2020-12), compiled once: checked by
 * networknt's validator, which never fetches a schema from elsewhere. What the schema does not
 * describe is refused unless it says otherwise. Immutable; any thread.
 */
final class Variables {

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          Dialects.getDraft202012(),
          builder ->
              builder
                  .schemaCacheEnabled(false)
                  .schemaLoader(loader -> loader.fetchRemoteResources(false))
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder()
                          .locale(Locale.ENGLISH)
                          .formatAssertionsEnabled(true)
                          .build()));
  private static final Schema OF_SCHEMAS =
      REGISTRY.getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12));
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> OTHER_NAMES =
      Set.of("additionalProperties", "unevaluatedProperties", "patternProperties");

  private final ObjectNode described;
  private final Schema schema;
  private final List<String> names;

  private Variables(ObjectNode described, Schema schema, List<String> names) {
    this.described = described;
    this.schema = schema;
    this.names = names;
  }

  /**
   * Those of a version that nobody has accepted yet.
   *
   * @param schema JSON text
   * @throws IllegalArgumentException when it is not a schema of an object, or a default does not
   *     fit it
   */
  static Variables compile(String schema) {
    try {
      checkSchema(JSON.readTree(schema));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("variables: " + e.getMessage(), e);
    }
    var variables = accepted(schema);
    variables.checkDefaults();
    return variables;
  }

  /**
   * Those of a version that was accepted, be it by a release that looked at less.
   *
   * @param schema JSON text
   * @throws IllegalArgumentException when it is not a schema of an object
   */
  static Variables accepted(String schema) {
    try {
      if (!(JSON.readTree(schema) instanceof ObjectNode described)) {
        throw new IllegalArgumentException("variables are described by a JSON object");
      }
      if (OTHER_NAMES.stream().noneMatch(described::has)) {
        described.put("additionalProperties", false);
      }
      var names = List.copyOf(names(described.path("properties")));
      var compiled = REGISTRY.getSchema(described);
      compiled.initializeValidators();
      return new Variables(described, compiled, names);
    } catch (JsonProcessingException | RuntimeException e) {
      throw new IllegalArgumentException("variables: " + e.getMessage(), e);
    }
  }

  private static List<String> names(JsonNode properties) {
    List<String> names = new ArrayList<>();
    properties.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static void checkSchema(JsonNode schema) {
    var errors = OF_SCHEMAS.validate(schema);
    if (!errors.isEmpty()) {
      var error = errors.getFirst();
      throw new IllegalArgumentException(
          "variables: at %s: %s".formatted(error.getInstanceLocation(), error.getMessage()));
    }
  }

  private void checkDefaults() {
    var given = JsonNodeFactory.instance.objectNode();
    fill(given, described);
    for (var violation : violations(given)) {
      if (violation.kind() != Violation.Kind.MISSING) {
        throw new IllegalArgumentException(
            "variables: a default does not fit: " + violation.message());
      }
    }
  }

  /** Names of the variables, in the order in which {@link #bind} gives values. */
  List<String> names() {
    return names;
  }

  /**
   * The values of the variables, with defaults for what was not given.
   *
   * @param given is not changed
   * @param wrong takes what is wrong; when something is, the values mean nothing
   */
  @Nullable Object[] bind(ObjectNode given, List<Violation> wrong) {
    var filled = filled(given);
    wrong.addAll(violations(filled));
    var values = new @Nullable Object[names.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = JsonValues.of(filled.get(names.get(i)));
    }
    return values;
  }

  /** The given variables, copied only where a default is missing. */
  private ObjectNode filled(ObjectNode given) {
    if (!lacks(given, described)) {
      return given;
    }
    var copy = given.deepCopy();
    fill(copy, described);
    return copy;
  }

  private static boolean lacks(JsonNode given, JsonNode schema) {
    for (var property : schema.path("properties").properties()) {
      var value = given.get(property.getKey());
      if (value == null
          ? property.getValue().has("default")
          : value.isObject() && lacks(value, property.getValue())) {
        return true;
      }
    }
    return false;
  }

  private static void fill(ObjectNode given, JsonNode schema) {
    for (var property : schema.path("properties").properties()) {
      var value = given.get(property.getKey());
      if (value == null && property.getValue().has("default")) {
        given.set(property.getKey(), property.getValue().get("default").deepCopy());
      } else if (value instanceof ObjectNode object) {
        fill(object, property.getValue());
      }
    }
  }

  private List<Violation> violations(ObjectNode given) {
    var errors = schema.validate(given);
    return errors.isEmpty() ? List.of() : errors.stream().map(Variables::violation).toList();
  }

  private static Violation violation(Error error) {
    var at = error.getInstanceLocation().toString();
    var property = error.getProperty();
    var within =
        property == null
            ? at
            : JsonPointer.compile(at.isEmpty() ? "" : at)
                .append(JsonPointer.empty().appendProperty(property))
                .toString();
    return switch (error.getKeyword()) {
      case "required" ->
          new Violation(Violation.Kind.MISSING, within, within + " is required and missing");
      case "additionalProperties", "unevaluatedProperties" ->
          new Violation(Violation.Kind.EXTRA, within, within + " is not a variable of the prompt");
      case "type" ->
          new Violation(
              Violation.Kind.WRONG_TYPE, at, at + " is of another type: " + error.getMessage());
      default ->
          new Violation(
              Violation.Kind.INVALID, at, at + " is not as described: " + error.getMessage());
    };
  }
}
