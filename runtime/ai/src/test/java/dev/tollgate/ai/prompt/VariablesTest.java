package dev.tollgate.ai.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VariablesTest {

  private static final String SQL_FIXER =
      """
      {"type": "object", "required": ["query"], "properties": {
        "tone": {"type": "string", "default": "concise"},
        "query": {"type": "string", "maxLength": 10},
        "tables": {"type": "array", "items": {"type": "object", "required": ["name"],
          "properties": {"name": {"type": "string"}}}},
        "options": {"type": "object", "properties": {"limit": {"type": "integer", "default": 5}}}}}
      """;

  private final Variables variables = Variables.compile(SQL_FIXER);
  private final List<Violation> wrong = new ArrayList<>();

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void fillsInDefaults() {
    var given = json("{\"query\": \"x\", \"options\": {}}");

    assertThat(Arrays.asList(variables.bind(given, wrong)))
        .containsExactly("concise", "x", null, java.util.Map.of("limit", 5L));
    assertThat(wrong).isEmpty();
    assertThat(given).isEqualTo(json("{\"query\": \"x\", \"options\": {}}"));
  }

  @Test
  void namesEachVariableThatIsWrongAndHow() {
    variables.bind(json("{\"tone\": 5, \"shout\": true, \"tables\": [{\"name\": 1}, {}]}"), wrong);

    assertThat(wrong)
        .extracting(Violation::kind, Violation::path)
        .containsExactlyInAnyOrder(
            tuple(Violation.Kind.MISSING, "/query"),
            tuple(Violation.Kind.EXTRA, "/shout"),
            tuple(Violation.Kind.WRONG_TYPE, "/tone"),
            tuple(Violation.Kind.WRONG_TYPE, "/tables/0/name"),
            tuple(Violation.Kind.MISSING, "/tables/1/name"));
  }

  @Test
  void doesNotRepeatAValueThatIsWrong() {
    variables.bind(json("{\"query\": \"a long secret\"}"), wrong);

    assertThat(wrong).singleElement().extracting(Violation::kind).isEqualTo(Violation.Kind.INVALID);
    assertThat(wrong.getFirst().message()).contains("/query").doesNotContain("secret");
  }

  @Test
  void refusesADefaultThatDoesNotFit() {
    assertThatThrownBy(() ->
            Variables.compile(
                "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"default\":\"x\"}}}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a default does not fit: /n");
  }

  @Test
  void refusesWhatIsNoSchemaButServesWhatWasAccepted() {
    var schema = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"strin\"}}}";

    assertThatThrownBy(() -> Variables.compile(schema))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("variables: at /properties/n/type: ");
    assertThat(Variables.accepted(schema).names()).containsExactly("n");
  }

  @Test
  void holdsValuesToTheirFormat() {
    var dated =
        Variables.compile(
            "{\"type\":\"object\",\"properties\":{\"since\":{\"type\":\"string\",\"format\":\"date\"},"
                + "\"to\":{\"type\":\"string\",\"format\":\"email\"}}}");

    dated.bind(json("{\"since\": \"2026-02-29\", \"to\": \"nobody\"}"), wrong);

    assertThat(wrong)
        .extracting(Violation::kind, Violation::path)
        .containsExactlyInAnyOrder(
            tuple(Violation.Kind.INVALID, "/since"), tuple(Violation.Kind.INVALID, "/to"));
    wrong.clear();
    dated.bind(json("{\"since\": \"2028-02-29\", \"to\": \"bob@example.org\"}"), wrong);
    assertThat(wrong).isEmpty();
  }

  @Test
  void fetchesNoSchemaFromElsewhere() {
    assertThatThrownBy(() ->
            Variables.compile(
                "{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"http://127.0.0.1:1/x\"}}}"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
