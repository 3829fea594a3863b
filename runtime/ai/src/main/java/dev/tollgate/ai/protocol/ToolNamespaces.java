package dev.tollgate.ai.protocol;

import java.util.Map;

/**
 * Names of tools in a namespace, which OpenAI's responses have and other protocols have not: there
 * the namespace stands before the name.
 */
public final class ToolNamespaces {

  private static final String BETWEEN = "__";

  private ToolNamespaces() {}

  /** The name of a tool where there are no namespaces. */
  public static String flat(String namespace, String name) {
    return namespace + BETWEEN + name;
  }

  /** The namespace of a flat name; empty when it is in none. */
  public static String of(Map<String, String> namespaces, String flat) {
    return namespaces.getOrDefault(flat, "");
  }

  /** The name within its namespace, which may be empty. */
  public static String within(String namespace, String flat) {
    return namespace.isEmpty() ? flat : flat.substring(namespace.length() + BETWEEN.length());
  }
}
