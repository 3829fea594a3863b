package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tollgate.ai.protocol.request.KeptByProvider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tools that a request offers, as {@link RequestScan} comes to them. */
final class ToolScan {
  private final Dialect dialect;
  private final byte[] body;
  private final ProtocolLimits limits;
  private final PromptSize size;
  private final Map<String, String> namespaces = new HashMap<>();
  private boolean any;
  private boolean kept;

  /**
   * @param size to which all that the model reads of tools is added
   */
  ToolScan(Dialect dialect, byte[] body, ProtocolLimits limits, PromptSize size) {
    this.dialect = dialect;
    this.body = body;
    this.limits = limits;
    this.size = size;
  }

  /** Whether there is one. */
  boolean any() {
    return any;
  }

  /** Whether one may name what the provider keeps. */
  boolean mayNameKept() {
    return kept;
  }

  /** The namespace of each tool that is in one, by its flat name. */
  Map<String, String> namespaces() {
    return namespaces;
  }

  /** Reads the value of {@code tools} or {@code functions}. */
  void read(JsonParser parser, String name) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      size.add(parser, name);
      return;
    }
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      any = true;
      if (++count > limits.tools()) {
        throw new BadModelRequest("There are more than " + limits.tools() + " tools.", name);
      }
      // the names of a schema's members are read by the model too
      int from = RequestValues.start(parser);
      if (dialect == Dialect.OpenAiResponses) {
        namespace(parser);
      } else {
        tool(parser);
      }
      int to = RequestValues.end(parser);
      size.add(body, from, to);
    }
  }

  private void tool(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      kept |= KeptByProvider.suspectedWithin(parser.currentName());
      parser.nextToken();
      parser.skipChildren();
    }
  }

  /** Reads one tool, and notes the names of those that it is the namespace of. */
  private void namespace(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    String type = "";
    String name = "";
    List<String> within = List.of();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String member = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_STRING && member.equals("type")) {
        type = parser.getText();
      } else if (parser.currentToken() == JsonToken.VALUE_STRING && member.equals("name")) {
        name = parser.getText();
      } else if (parser.currentToken() == JsonToken.START_ARRAY && member.equals("tools")) {
        within = names(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (type.equals("namespace") && !name.isEmpty()) {
      for (String one : within) {
        namespaces.put(ToolNamespaces.flat(name, one), name);
      }
    }
  }

  /** The names of the objects in an array. */
  private static List<String> names(JsonParser parser) throws IOException {
    var names = new ArrayList<String>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        parser.skipChildren();
        continue;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String member = parser.currentName();
        if (parser.nextToken() == JsonToken.VALUE_STRING && member.equals("name")) {
          names.add(parser.getText());
        } else {
          parser.skipChildren();
        }
      }
    }
    return names;
  }
}
