package dev.tollgate.sites.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonDiffTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Property(tries = 500)
  void thePatchMakesTheLeftDocumentTheRightOne(
      @ForAll("documents") String left, @ForAll("documents") String right) {
    ArrayNode patch = JsonDiff.patch(read(left), read(right), 1_000_000);

    assertThat(apply(patch, read(left))).isEqualTo(read(right));
  }

  @Property(tries = 200)
  void thePatchIsRightAlsoWhenItReplacesTheWholeDocument(
      @ForAll("documents") String left, @ForAll("documents") String right) {
    ArrayNode patch = JsonDiff.patch(read(left), read(right), 3);

    assertThat(apply(patch, read(left))).isEqualTo(read(right));
  }

  @Property(tries = 100)
  void equalDocumentsNeedNoPatch(@ForAll("documents") String document) {
    assertThat(JsonDiff.patch(read(document), read(document), 1_000_000)).isEmpty();
  }

  @Example
  void anElementInsertedInTheMiddleIsOneOperation() {
    assertThat(JsonDiff.patch(read("[1,2,3,4]"), read("[1,2,9,3,4]"), 1000).toString())
        .isEqualTo("[{\"op\":\"add\",\"path\":\"/2\",\"value\":9}]");
  }

  @Example
  void elementsThatStayAreFoundBetweenThoseThatGo() {
    assertThat(JsonDiff.patch(read("[0,1,2,3,4]"), read("[1,3]"), 1000).toString())
        .isEqualTo(
            "[{\"op\":\"remove\",\"path\":\"/0\"},{\"op\":\"remove\",\"path\":\"/1\"},"
                + "{\"op\":\"remove\",\"path\":\"/2\"}]");
  }

  @Example
  void aChangeDeepInAnElementIsNamedThere() {
    assertThat(
            JsonDiff.patch(
                    read("{\"a\":[{\"b/c\":1,\"d\":2}]}"),
                    read("{\"a\":[{\"b/c\":5,\"d\":2}]}"),
                    1000)
                .toString())
        .isEqualTo("[{\"op\":\"replace\",\"path\":\"/a/0/b~1c\",\"value\":5}]");
  }

  @Example
  void longArraysThatDifferEverywhereAreComparedByPlace() {
    String left = "[" + "1,".repeat(3000) + "1]";
    String right = "[" + "2,".repeat(3001) + "2]";

    assertThat(JsonDiff.patch(read(left), read(right), 1_000_000)).hasSize(3002);
  }

  @Provide
  Arbitrary<String> documents() {
    return documents(3);
  }

  private static Arbitrary<String> documents(int depth) {
    Arbitrary<String> scalars =
        Arbitraries.of("null", "true", "0", "1", "2", "1.5", "\"a\"", "\"\"");
    if (depth == 0) {
      return scalars;
    }
    Arbitrary<String> smaller = documents(depth - 1);
    return Arbitraries.oneOf(
        scalars,
        smaller
            .list()
            .ofMaxSize(6)
            .map(elements -> elements.stream().collect(Collectors.joining(",", "[", "]"))),
        Arbitraries.maps(Arbitraries.of("a", "b", "~", "/", "", "c d"), smaller)
            .ofMaxSize(4)
            .map(members ->
                members.entrySet().stream()
                    .map(member -> "\"" + member.getKey() + "\":" + member.getValue())
                    .collect(Collectors.joining(",", "{", "}"))));
  }

  /** Applies the operations of RFC 6902 that the tool makes use of. */
  private static JsonNode apply(ArrayNode patch, JsonNode document) {
    JsonNode result = document;
    for (JsonNode operation : patch) {
      String path = operation.get("path").textValue();
      String op = operation.get("op").textValue();
      if (path.isEmpty()) {
        assertThat(op).isEqualTo("replace");
        result = operation.get("value");
        continue;
      }
      JsonNode parent = result.at(path.substring(0, path.lastIndexOf('/')));
      String step = path.substring(path.lastIndexOf('/') + 1).replace("~1", "/").replace("~0", "~");
      if (!op.equals("add")) {
        assertThat(result.at(path).isMissingNode()).as(operation.toString()).isFalse();
      }
      if (parent instanceof ObjectNode object) {
        if (op.equals("remove")) {
          object.remove(step);
        } else {
          object.set(step, operation.get("value"));
        }
      } else {
        var array = (ArrayNode) parent;
        int index = Integer.parseInt(step);
        switch (op) {
          case "remove" -> array.remove(index);
          case "replace" -> array.set(index, operation.get("value"));
          default -> array.insert(index, operation.get("value"));
        }
      }
    }
    return result;
  }

  private static JsonNode read(String document) {
    try {
      return JSON.readTree(document);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
