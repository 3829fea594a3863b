package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.json.JsonCursor;

/**
 * What a backend of OpenAI's chat or completions says of the usage because the gateway has asked
 * for it ({@code stream_options.include_usage}) and the client has not: an event of its own with an
 * empty list of choices, or a member of others, which many servers have beside the choices and
 * OpenAI has as null in all.
 */
final class UnaskedUsage {

  private final JsonCursor cursor;
  private final SseData data;
  private int from;
  private int to;

  /**
   * @param cursor for another look at an event
   * @param data of the event that is looked at
   */
  UnaskedUsage(JsonCursor cursor, SseData data) {
    this.cursor = cursor;
    this.data = data;
  }

  /**
   * Finds what is left out of an event, whose data have the member in a range of their array.
   *
   * @return whether that is all of it
   */
  boolean find(byte[] event, int start, int end, int memberFrom, int memberTo) {
    boolean told = data.array()[memberTo - 1] == '}';
    if (told && alone()) {
      from = start;
      to = end;
      return true;
    }
    int after = space(memberTo, 1);
    int before = space(memberFrom - 1, -1);
    boolean followed = data.array()[after] == ',';
    boolean last = !followed && data.array()[before] == ',';
    from = data.inEvent(event, start, end, last ? before : memberFrom);
    to = data.inEvent(event, start, end, followed ? after : memberTo - 1) + 1;
    return false;
  }

  /** Where that begins in the event's array. */
  int from() {
    return from;
  }

  /** Where it ends. */
  int to() {
    return to;
  }

  /** Goes over white space; the braces of the object are around it. */
  private int space(int index, int step) {
    byte[] json = data.array();
    int at = index;
    while (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r') {
      at += step;
    }
    return at;
  }

  /** Whether the event has no choice. */
  private boolean alone() {
    cursor.reset(data.array(), data.from(), data.to());
    if (cursor.enterObject()) {
      while (cursor.nextMember()) {
        if (!cursor.key().is("choices")) {
          cursor.skip();
        } else if (cursor.enterArray() && cursor.nextElement()) {
          return false;
        }
      }
    }
    return true;
  }
}
