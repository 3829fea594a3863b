package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of Anthropic's messages: blocks of text, thinking and {@code tool_use}, one
 * after the other. The tokens of the prompt are known only at the end: {@code message_start} says
 * 0, and {@code message_delta} says what they were, which the protocol allows ({@code
 * MessageDeltaUsage}).
 */
final class AnthropicWriter implements AnswerWriter {

  private enum Block {
    None,
    Text,
    Thinking,
    Tool
  }

  private final JsonOutput out = new JsonOutput(512);
  private final Exchange exchange;
  private boolean begun;
  private Block block = Block.None;
  private int index = -1;
  private int call = -1;
  private Finish reason = Finish.Stop;
  private @Nullable String stopSequence;
  private long input;
  private long cachedInput;
  private long output;

  AnthropicWriter(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public JsonOutput output() {
    return out;
  }

  @Override
  public void text(int choice, JsonText text) {
    if (block != Block.Text) {
      open(Block.Text).raw("{\"type\":\"text\",\"text\":\"\"}}\n\n");
    }
    delta("text_delta").raw(",\"text\":").string(text).raw("}}\n\n");
  }

  @Override
  public void thinking(int choice, JsonText text) {
    if (block != Block.Thinking) {
      open(Block.Thinking).raw("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n");
    }
    delta("thinking_delta").raw(",\"thinking\":").string(text).raw("}}\n\n");
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // cannot be asked for in this dialect
  }

  @Override
  public void toolCall(int choice, int toolCall, @Nullable String id, String name) {
    open(Block.Tool)
        .raw("{\"type\":\"tool_use\",\"id\":")
        .string(id == null ? ToolCallIds.of(exchange, choice, toolCall) : id)
        .raw(",\"name\":")
        .string(name)
        .raw(",\"input\":{}}}\n\n");
    call = toolCall;
  }

  @Override
  public void toolArguments(int choice, int toolCall, JsonText piece) {
    toolDelta(toolCall).string(piece).raw("}}\n\n");
  }

  @Override
  public void toolInput(int choice, int toolCall, byte[] json, int from, int to) {
    toolDelta(toolCall).string(json, from, to).raw("}}\n\n");
  }

  private JsonOutput toolDelta(int toolCall) {
    if (block != Block.Tool || toolCall != call) {
      throw Untranslatable.because(
          "the backend went back to an earlier call of a tool, and Anthropic's stream cannot");
    }
    return delta("input_json_delta").raw(",\"partial_json\":");
  }

  @Override
  public void finish(int choice, Finish why, @Nullable String sequence) {
    reason = why;
    stopSequence = sequence;
  }

  @Override
  public void usage(long inputTokens, long cachedTokens, long outputTokens) {
    input = Math.max(inputTokens, 0);
    cachedInput = Math.min(cachedTokens, input);
    output = Math.max(outputTokens, 0);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    begin();
    close();
    out.raw("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
        .raw(stopSequence == null ? reason.anthropic() : "stop_sequence")
        .raw("\",\"stop_sequence\":");
    if (stopSequence == null) {
      out.raw("null");
    } else {
      out.string(stopSequence);
    }
    out.raw("},\"usage\":");
    usage(out, input, cachedInput, output);
    out.raw("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
  }

  /** Anthropic counts the tokens from the cache apart from the others of the prompt. */
  static void usage(JsonOutput to, long input, long cachedInput, long output) {
    to.raw("{\"input_tokens\":")
        .number(input - cachedInput)
        .raw(",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":")
        .number(cachedInput)
        .raw(",\"output_tokens\":")
        .number(output)
        .raw("}");
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    out.raw("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":")
        .string("msg_" + exchange.id())
        .raw(",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        .string(exchange.model())
        .raw(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
    usage(out, 0, 0, 0);
    out.raw("}}\n\n");
  }

  private JsonOutput open(Block kind) {
    begin();
    close();
    block = kind;
    index++;
    return out.raw("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        .number(index)
        .raw(",\"content_block\":");
  }

  private void close() {
    if (block != Block.None) {
      out.raw("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
          .number(index)
          .raw("}\n\n");
      block = Block.None;
    }
  }

  private JsonOutput delta(String type) {
    return out.raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        .number(index)
        .raw(",\"delta\":{\"type\":\"")
        .raw(type)
        .raw("\"");
  }
}
