package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as the values that templates know. */
final class JsonValues {

  private JsonValues() {}

  static @Nullable Object of(@Nullable JsonNode node) {
    if (node == null) {
      return null;
    }
    return switch (node.getNodeType()) {
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER -> number(node);
      case ARRAY -> list(node);
      case OBJECT -> map(node);
      default -> null;
    };
  }

  private static Object number(JsonNode node) {
    if (node.isIntegralNumber()) {
      return node.canConvertToLong()
          ? (Object) node.longValue()
          : new BigDecimal(node.bigIntegerValue());
    }
    return node.isBigDecimal() ? node.decimalValue() : (Object) node.doubleValue();
  }

  private static List<@Nullable Object> list(JsonNode node) {
    List<@Nullable Object> list = new ArrayList<>(node.size());
    for (var element : node) {
      list.add(of(element));
    }
    return Collections.unmodifiableList(list);
  }

  private static Map<String, @Nullable Object> map(JsonNode node) {
    Map<String, @Nullable Object> map = LinkedHashMap.newLinkedHashMap(node.size());
    node.properties().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
    return Collections.unmodifiableMap(map);
  }
}
