package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of Anthropic's messages: blocks of text, thinking and {@code tool_use}, one
 * after the other. Where a backend writes several calls side by side, the later ones are held back
 * until the earlier is complete, up to {@link
 * dev.tollgate.ai.protocol.ProtocolLimits#answerBytes()}. The tokens of the prompt are known only
 * at the end: {@code message_start} says 0, and {@code message_delta} says what they were, which
 * the protocol allows ({@code MessageDeltaUsage}).
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
  private final Map<Integer, WaitingCall> waiting = new LinkedHashMap<>(2);
  private ArgumentsEnd arguments = new ArgumentsEnd();
  private long held;
  private boolean called;
  private boolean refused;
  private Finish reason = Finish.Stop;
  private @Nullable String stopSequence;
  private Tokens tokens = Tokens.UNSAID;

  AnthropicWriter(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public JsonOutput output() {
    return out;
  }

  @Override
  public void text(int choice, JsonText text) {
    writeWaiting(true);
    if (block != Block.Text) {
      open(Block.Text).raw("{\"type\":\"text\",\"text\":\"\"}}\n\n");
    }
    delta("text_delta").raw(",\"text\":").string(text).raw("}}\n\n");
  }

  @Override
  public void refusal(int choice, JsonText text) {
    refused = true;
    text(choice, text);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    writeWaiting(true);
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
    String given = id == null ? ToolCallIds.of(exchange, choice, toolCall) : id;
    if (block == Block.Tool && !arguments.complete()) {
      if (waiting.size() >= exchange.limits().tools()) {
        throw Untranslatable.tooLarge(
            "the model calls more than " + exchange.limits().tools() + " tools at once");
      }
      waiting.put(toolCall, new WaitingCall(given, name));
    } else {
      openCall(toolCall, given, name);
    }
  }

  private void openCall(int toolCall, String id, String name) {
    open(Block.Tool)
        .raw("{\"type\":\"tool_use\",\"id\":")
        .string(id)
        .raw(",\"name\":")
        .string(name)
        .raw(",\"input\":{}}}\n\n");
    call = toolCall;
    called = true;
    arguments = new ArgumentsEnd();
  }

  @Override
  public void toolArguments(int choice, int toolCall, JsonText piece) {
    pieceOfCall(toolCall, piece.array(), piece.from(), piece.to());
  }

  @Override
  public void toolInput(int choice, int toolCall, byte[] json, int from, int to) {
    byte[] quoted = new JsonOutput(to - from + 16).string(json, from, to).take();
    pieceOfCall(toolCall, quoted, 1, quoted.length - 1);
  }

  /** Writes or holds back a literal without its quotes. */
  private void pieceOfCall(int toolCall, byte[] literal, int from, int to) {
    WaitingCall later = waiting.get(toolCall);
    if (later != null) {
      hold(later, literal, from, to);
    } else if (block == Block.Tool && toolCall == call) {
      pieceOfBlock(literal, from, to);
      writeWaiting(false);
    } else {
      throw Untranslatable.because(
          "the backend went back to an earlier call of a tool, and Anthropic's stream cannot");
    }
  }

  private void pieceOfBlock(byte[] literal, int from, int to) {
    arguments.take(literal, from, to);
    delta("input_json_delta").raw(",\"partial_json\":\"").raw(literal, from, to).raw("\"}}\n\n");
  }

  private void hold(WaitingCall later, byte[] literal, int from, int to) {
    held += to - from;
    if (held > exchange.limits().answerBytes()) {
      throw Untranslatable.tooLarge(
          "calls of tools that come side by side have more than "
              + exchange.limits().answerBytes()
              + " bytes");
    }
    later.literal().raw(literal, from, to);
  }

  /**
   * Writes the calls whose turn has come.
   *
   * @param all whether nothing more comes for any of them
   */
  private void writeWaiting(boolean all) {
    while (!waiting.isEmpty() && (all || arguments.complete())) {
      int next = waiting.keySet().iterator().next();
      WaitingCall later = waiting.remove(next);
      if (later != null) {
        openCall(next, later.id(), later.name());
        byte[] literal = later.literal().take();
        held -= literal.length;
        if (literal.length > 0) {
          pieceOfBlock(literal, 0, literal.length);
        }
      }
    }
  }

  @Override
  public void finish(int choice, Finish why, @Nullable String sequence) {
    reason = why;
    stopSequence = sequence;
  }

  @Override
  public void usage(Tokens told) {
    tokens = tokens.then(told);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    writeWaiting(true);
    begin();
    close();
    Finish finish = reason.with(called, refused);
    out.raw("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
        .raw(stopSequence == null ? finish.anthropic() : "stop_sequence")
        .raw("\",\"stop_sequence\":");
    if (stopSequence == null) {
      out.raw("null");
    } else {
      out.string(stopSequence);
    }
    out.raw("},\"usage\":");
    usage(out, tokens);
    out.raw("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
  }

  /** Anthropic counts the tokens from and into the cache apart from the others of the prompt. */
  static void usage(JsonOutput to, Tokens told) {
    Tokens tokens = told.counted();
    to.raw("{\"input_tokens\":")
        .number(tokens.input() - tokens.cachedInput() - tokens.cacheWrite())
        .raw(",\"cache_creation_input_tokens\":")
        .number(tokens.cacheWrite())
        .raw(",\"cache_read_input_tokens\":")
        .number(tokens.cachedInput())
        .raw(",\"output_tokens\":")
        .number(tokens.output())
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
    usage(out, Tokens.UNSAID);
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
