package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;

/**
 * Names for calls of tools where the backend gives none. A client repeats such a name with the
 * result, together with those of earlier answers, so it has the answer's own name in it.
 */
final class ToolCallIds {

  private ToolCallIds() {}

  static String of(Exchange exchange, int choice, int call) {
    return "call_" + exchange.id() + "_" + choice + "_" + call;
  }
}
