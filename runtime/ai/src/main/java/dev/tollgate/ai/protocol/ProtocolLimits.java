package dev.tollgate.ai.protocol;

/**
 * What one request or answer may take at most.
 *
 * @param requestBytes a request's body
 * @param eventBytes one event of a stream; the part of an event that has come so far is held back
 * @param answerBytes what is kept of a streamed answer where its dialect repeats the text at the
 *     end, and a whole answer
 * @param depth arrays and objects within each other, in requests and in answers
 * @param messages messages of a request
 * @param tools tools of a request, and calls of tools in an answer
 */
public record ProtocolLimits(
    int requestBytes, int eventBytes, int answerBytes, int depth, int messages, int tools) {

  public ProtocolLimits {
    require("requestBytes", requestBytes);
    require("eventBytes", eventBytes);
    require("answerBytes", answerBytes);
    require("depth", depth);
    require("messages", messages);
    require("tools", tools);
  }

  /** 32 MiB a request, 1 MiB an event, 16 MiB an answer, 64 deep, 10,000 messages, 1,024 tools. */
  public static ProtocolLimits defaults() {
    return new ProtocolLimits(32 << 20, 1 << 20, 16 << 20, 64, 10_000, 1_024);
  }

  private static void require(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, is " + value);
    }
  }
}
