package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ToolNamespaces;
import dev.tollgate.ai.protocol.json.JsonOutput;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code response} object and its items. What the request had is not repeated in it
 * (instructions, tools, temperature): those members have the values they have by default. Nothing
 * is stored, so {@code store} is false.
 */
final class ResponseObject {

  /** What an item says. */
  enum Part {
    Text("output_text", "text", ",\"annotations\":[]", ",\"logprobs\":[]"),
    Reasoning("reasoning_text", "text", "", ""),
    Refusal("refusal", "refusal", "", "");

    private final String type;
    private final String member;
    private final String annotations;
    private final String logprobs;

    Part(String type, String member, String annotations, String logprobs) {
      this.type = type;
      this.member = member;
      this.annotations = annotations;
      this.logprobs = logprobs;
    }

    /** The name of an event about it. */
    String event(String what) {
      return "response." + type + "." + what;
    }

    /** The member that has its text. */
    String member() {
      return member;
    }

    /** What only a text has, and what the events about it have as well. */
    String logprobs() {
      return logprobs;
    }

    /** The part with a literal without its quotes. */
    void write(JsonOutput out, byte[] text) {
      out.raw("{\"type\":\"").raw(type).raw("\",\"").raw(member).raw("\":\"").raw(text);
      out.raw("\"").raw(annotations).raw(logprobs).raw("}");
    }
  }

  private final Exchange exchange;

  ResponseObject(Exchange exchange) {
    this.exchange = exchange;
  }

  /** A whole response. */
  void write(JsonOutput out, Answer answer) {
    Answer.Choice choice = answer.only();
    var items = new JsonOutput(256);
    int index = 0;
    if (!choice.thinking.isEmpty()) {
      said(items, index++, Part.Reasoning, literal(choice.thinking.toString()), "completed");
    }
    if (!choice.text.isEmpty() || (choice.calls.isEmpty() && choice.refusal.isEmpty())) {
      items.raw(index == 0 ? "" : ",");
      said(items, index++, Part.Text, literal(choice.text.toString()), "completed");
    }
    if (!choice.refusal.isEmpty()) {
      items.raw(index == 0 ? "" : ",");
      said(items, index++, Part.Refusal, literal(choice.refusal.toString()), "completed");
    }
    for (Answer.Call call : choice.calls.values()) {
      items.raw(index == 0 ? "" : ",");
      call(items, index++, call.id(), call.name(), literal(call.arguments().text()), "completed");
    }
    write(out, choice.finish, items.take(), answer.tokens());
  }

  /** The object at the end of an answer. */
  void write(JsonOutput out, Finish finish, byte[] items, Tokens told) {
    head(out, status(finish), reason(finish), items);
    Tokens tokens = told.counted();
    out.raw(",\"usage\":{\"input_tokens\":")
        .number(tokens.input())
        .raw(",\"input_tokens_details\":{\"cached_tokens\":")
        .number(tokens.cachedInput())
        .raw("},\"output_tokens\":")
        .number(tokens.output())
        .raw(",\"output_tokens_details\":{\"reasoning_tokens\":")
        .number(Math.max(0, tokens.reasoning()))
        .raw("},\"total_tokens\":")
        .number(tokens.input() + tokens.output())
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
      case Stop, Tools, Function -> null;
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
   * A message, or what the model thought.
   *
   * @param kind of its only part
   * @param text a literal without its quotes; null when there is no content yet
   */
  void said(JsonOutput out, int index, Part kind, byte @Nullable [] text, String status) {
    boolean thought = kind == Part.Reasoning;
    out.raw("{\"id\":").string(itemId(kind, index)).raw(",\"type\":\"");
    out.raw(thought ? "reasoning" : "message").raw("\",\"status\":\"").raw(status);
    out.raw(thought ? "\",\"summary\":[]" : "\",\"role\":\"assistant\"").raw(",\"content\":[");
    if (text != null) {
      kind.write(out, text);
    }
    out.raw("]}");
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
    String namespace = ToolNamespaces.of(exchange.namespaces(), name);
    out.raw("\",\"call_id\":").string(callId);
    if (!namespace.isEmpty()) {
      out.raw(",\"namespace\":").string(namespace);
    }
    out.raw(",\"name\":").string(ToolNamespaces.within(namespace, name));
    out.raw(",\"arguments\":\"").raw(arguments).raw("\"}");
  }

  String itemId(Part kind, int index) {
    return (kind == Part.Reasoning ? "rs_" : "msg_") + exchange.id() + "_" + index;
  }

  String callItemId(int index) {
    return "fc_" + exchange.id() + "_" + index;
  }

  private static byte[] literal(String text) {
    byte[] quoted = new JsonOutput(text.length() + 16).string(text).take();
    return Arrays.copyOfRange(quoted, 1, quoted.length - 1);
  }
}
