package dev.tollgate.ai.protocol;

import java.util.Set;

/** Names of members within messages, instructions and prompts, in all dialects. */
public final class ContentMembers {

  /** Members whose strings are no text to the model. */
  public static final Set<String> NO_TEXT =
      Set.of(
          "type",
          "role",
          "id",
          "call_id",
          "tool_call_id",
          "tool_use_id",
          "media_type",
          "url",
          "data",
          "file_data",
          "file_id",
          "detail",
          "signature",
          "encrypted_content",
          "status");

  /** Members that are what a tool is called with; the names in their objects are the caller's. */
  public static final Set<String> ARGUMENTS = Set.of("arguments", "input");

  private ContentMembers() {}
}
