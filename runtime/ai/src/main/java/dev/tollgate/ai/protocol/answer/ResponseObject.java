package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.json.JsonOutput;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code response} object and its items. What the request had is not repeated in it
 * (instructions, tools, temperature): those members have the values they have by default. Nothing
 * is stored, so {@code store} is false.
 */
final class ResponseObject {

  private final Exchange exchange;

  ResponseObject(Exchange exchange) {
    this.exchange = exchange;
  }

  /** A whole response. */
  void write(JsonOutput out, Answer answer) {
    Answer.Choice choice = answer.only();
    var items = new JsonOutput(256);
    int index = 0;
    if (!choice.text.isEmpty() || choice.calls.isEmpty()) {
      message(items, index++, literal(choice.text.toString()), "completed");
    }
    for (Answer.Call call : choice.calls.values()) {
      items.raw(index == 0 ? "" : ",");
      call(items, index++, call.id(), call.name(), literal(call.arguments().text()), "completed");
    }
    write(out, choice.finish, items.take(), answer.input(), answer.cachedInput(), answer.output());
  }

  /** The object at the end of an answer. */
  void write(
      JsonOutput out, Finish finish, byte[] items, long input, long cachedInput, long output) {
    head(out, status(finish), reason(finish), items);
    out.raw(",\"usage\":{\"input_tokens\":")
        .number(input)
        .raw(",\"input_tokens_details\":{\"cached_tokens\":")
        .number(Math.min(input, cachedInput))
        .raw("},\"output_tokens\":")
        .number(output)
        .raw(",\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":")
        .number(input + output)
        .raw("}}");
  }

  /** The object while the model is still at it. */
  void begun(JsonOutput out) {
    head(out, "in_progress", null, new byte[0]);
    out.raw(",\"usage\":null}");
  }

  /** {@code completed} or {@code incomplete}. */
  static String status(Finish finish) {
    return reason(finish) == null ? "completed" : "incomplete";
  }

  private static @Nullable String reason(Finish finish) {
    return switch (finish) {
      case Stop, Tools -> null;
      case Length -> "max_output_tokens";
      case Filtered -> "content_filter";
    };
  }

  private void head(JsonOutput out, String status, @Nullable String reason, byte[] items) {
    out.raw("{\"id\":").string("resp_" + exchange.id()).raw(",\"object\":\"response\"");
    out.raw(",\"created_at\":").number(exchange.created().getEpochSecond());
    out.raw(",\"status\":\"").raw(status).raw("\",\"error\":null,\"incomplete_details\":");
    if (reason == null) {
      out.raw("null");
    } else {
      out.raw("{\"reason\":\"").raw(reason).raw("\"}");
    }
    out.raw(",\"instructions\":null,\"max_output_tokens\":null,\"model\":")
        .string(exchange.model())
        .raw(",\"output\":[")
        .raw(items)
        .raw("],\"parallel_tool_calls\":true,\"previous_response_id\":null,\"store\":false")
        .raw(",\"temperature\":null,\"text\":{\"format\":{\"type\":\"text\"}}")
        .raw(",\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null")
        .raw(",\"truncation\":\"disabled\",\"metadata\":{}");
  }

  /**
   * A message.
   *
   * @param text a literal without its quotes; null when there is no content yet
   */
  void message(JsonOutput out, int index, byte @Nullable [] text, String status) {
    out.raw("{\"id\":").string(messageId(index));
    out.raw(",\"type\":\"message\",\"status\":\"").raw(status);
    out.raw("\",\"role\":\"assistant\",\"content\":[");
    if (text != null) {
      part(out, text);
    }
    out.raw("]}");
  }

  /** The only part of a message. */
  static void part(JsonOutput out, byte[] text) {
    out.raw("{\"type\":\"output_text\",\"text\":\"")
        .raw(text)
        .raw("\",\"annotations\":[],\"logprobs\":[]}");
  }

  /**
   * A call of a tool.
   *
   * @param arguments a literal without its quotes
   */
  void call(
      JsonOutput out, int index, String callId, String name, byte[] arguments, String status) {
    out.raw("{\"id\":").string(callItemId(index));
    out.raw(",\"type\":\"function_call\",\"status\":\"").raw(status);
    out.raw("\",\"call_id\":").string(callId).raw(",\"name\":").string(name);
    out.raw(",\"arguments\":\"").raw(arguments).raw("\"}");
  }

  String messageId(int index) {
    return "msg_" + exchange.id() + "_" + index;
  }

  String callItemId(int index) {
    return "fc_" + exchange.id() + "_" + index;
  }

  private static byte[] literal(String text) {
    byte[] quoted = new JsonOutput(text.length() + 16).string(text).take();
    return Arrays.copyOfRange(quoted, 1, quoted.length - 1);
  }
}
