package dev.tollgate.ai.protocol.answer;

/**
 * Names for calls of tools where the backend gives none. A client repeats such a name with the
 * result, and it only needs to differ from the others of the same answer.
 */
final class ToolCallIds {

  private ToolCallIds() {}

  static String of(int choice, int call) {
    return "call_" + choice + "_" + call;
  }
}
