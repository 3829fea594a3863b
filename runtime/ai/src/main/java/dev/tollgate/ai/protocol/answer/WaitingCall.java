package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonOutput;

/**
 * A call of a tool that has begun while the arguments of an earlier one were not complete, for a
 * stream that has one call after the other.
 *
 * @param literal its arguments so far, as a literal without its quotes
 */
record WaitingCall(String id, String name, JsonOutput literal) {

  WaitingCall(String id, String name) {
    this(id, name, new JsonOutput(64));
  }
}
