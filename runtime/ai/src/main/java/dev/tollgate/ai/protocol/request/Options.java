package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Members that are written only where the request says something. */
final class Options {

  private Options() {}

  static void put(ObjectNode into, String name, @Nullable JsonNode value) {
    if (value != null) {
      into.set(name, value);
    }
  }

  static void stop(ObjectNode into, String name, List<String> stop) {
    if (!stop.isEmpty()) {
      ArrayNode array = into.putArray(name);
      stop.forEach(array::add);
    }
  }
}
