package dev.tollgate.ai.protocol.request;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Ids of calls of tools as Anthropic takes them: letters, digits, hyphens and underscores. The same
 * id becomes the same, and others become others, within one request.
 */
final class ToolIds {

  private static final Pattern REFUSED = Pattern.compile("[^a-zA-Z0-9_-]");

  private final Map<String, String> known = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  String of(String id) {
    return known.computeIfAbsent(id, this::free);
  }

  private String free(String id) {
    var text = id.isEmpty() ? "_" : REFUSED.matcher(id).replaceAll("_");
    while (!taken.add(text)) {
      text += "_";
    }
    return text;
  }
}
