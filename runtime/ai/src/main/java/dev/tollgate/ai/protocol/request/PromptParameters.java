package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.MostTokens;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The parameters of a prompt, which are in the words of OpenAI's chat, put into a chat call in the
 * words of its own dialect. What the call says itself stays, and what its dialect cannot say is
 * left out. The most tokens of an answer are another matter: see {@link #mostTokens}.
 */
public final class PromptParameters {

  private static final List<String> MOST = List.of("max_completion_tokens", "max_tokens");
  private static final Set<String> NOT_OF_A_PROMPT = Set.of("model", "messages", "prompt");

  private PromptParameters() {}

  /** The most tokens of an answer; {@link Long#MAX_VALUE} when the parameters do not bound them. */
  public static long mostTokens(ObjectNode parameters) {
    long most = Long.MAX_VALUE;
    for (String name : MOST) {
      JsonNode value = parameters.path(name);
      if (value.canConvertToExactIntegral() && value.longValue() > 0) {
        most = Math.min(most, value.longValue());
      }
    }
    return most;
  }

  /**
   * Adds all but the most tokens.
   *
   * @param body of a chat call, which is changed
   * @return the members of the body that the call itself did not have
   */
  public static Set<String> add(Dialect dialect, ObjectNode body, ObjectNode parameters) {
    ObjectNode wanted = parameters.deepCopy();
    wanted.remove(MOST);
    wanted.remove(NOT_OF_A_PROMPT);
    ObjectNode said = dialect == Dialect.OpenAiChat ? wanted : translated(dialect, wanted);
    var added = new LinkedHashSet<String>();
    for (var member : said.properties()) {
      String name = member.getKey();
      if (!body.has(name)) {
        body.set(name, member.getValue());
        added.add(name);
      } else if (name.equals("options")
          && body.get(name) instanceof ObjectNode given
          && member.getValue() instanceof ObjectNode options) {
        ObjectNode merged = options.deepCopy();
        merged.setAll(given);
        body.set(name, merged);
      }
    }
    return added;
  }

  /** Those that the dialect knows, in its words. */
  private static ObjectNode translated(Dialect dialect, ObjectNode wanted) {
    Set<String> names = new LinkedHashSet<>();
    wanted.fieldNames().forEachRemaining(names::add);
    wanted.remove("stream"); // whether it streams is the caller's to say
    wanted.putArray("messages").addObject().put("role", "user").put("content", "-");
    try {
      ObjectNode said =
          RequestTranslation.translate(
              Dialect.OpenAiChat, wanted, dialect, "-", MostTokens.Older, names);
      said.remove(List.of("model", "messages", "stream", "max_tokens"));
      return said;
    } catch (BadModelRequest e) {
      throw new IllegalStateException("every member could be left out", e);
    }
  }
}
