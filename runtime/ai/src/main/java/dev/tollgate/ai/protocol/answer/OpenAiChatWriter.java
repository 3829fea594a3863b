package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes OpenAI's {@code chat.completion.chunk} events: the role first, then the pieces, the reason
 * on an event of its own, the usage when it was asked for, and {@code [DONE]}. Reasoning is written
 * as {@code reasoning_content}, as servers do that are compatible with OpenAI.
 */
final class OpenAiChatWriter implements AnswerWriter {

  private static final byte[] ROLE = ascii("\"role\":\"assistant\",\"content\":\"\"");

  private static final byte[] NO_ARGUMENTS = ascii("{}");

  /**
   * The calls of a choice of which no arguments have come, those in the way before tools, and the
   * last of all.
   */
  private static final class Calls {
    private final BitSet silent = new BitSet();
    private final BitSet functions = new BitSet(0);
    private int last;
  }

  private final OpenAiEvents events;
  private final Exchange exchange;
  private final BitSet begun = new BitSet();

  private final Map<Integer, Calls> calls = new HashMap<>(2);

  private byte @Nullable [] logprobs;

  OpenAiChatWriter(Exchange exchange) {
    this.exchange = exchange;
    events = new OpenAiEvents(exchange, "chatcmpl-", "chat.completion.chunk");
  }

  @Override
  public JsonOutput output() {
    return events.output();
  }

  @Override
  public void text(int choice, JsonText text) {
    begin(choice);
    delta(choice).raw("\"content\":").string(text);
    endDelta(null);
  }

  @Override
  public void refusal(int choice, JsonText text) {
    begin(choice);
    delta(choice).raw("\"refusal\":").string(text);
    endDelta(null);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    begin(choice);
    delta(choice).raw("\"reasoning_content\":").string(text);
    endDelta(null);
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    logprobs = new JsonOutput(to - from).raw(json, from, to).take();
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    begin(choice, call);
    delta(choice)
        .raw("\"tool_calls\":[{\"index\":")
        .number(call)
        .raw(",\"id\":")
        .string(id == null ? ToolCallIds.of(exchange, choice, call) : id)
        .raw(",\"type\":\"function\",\"function\":{\"name\":")
        .string(name)
        .raw(",\"arguments\":\"\"}}]");
    endDelta(null);
  }

  @Override
  public void functionCall(int choice, int call, String name) {
    begin(choice, call).functions.set(call);
    delta(choice).raw("\"function_call\":{\"name\":").string(name).raw(",\"arguments\":\"\"}");
    endDelta(null);
  }

  private Calls begin(int choice, int call) {
    begin(choice);
    Calls ofChoice = calls.computeIfAbsent(choice, _ -> new Calls());
    ofChoice.silent.set(call);
    ofChoice.last = call;
    return ofChoice;
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    arguments(choice, call).string(piece);
    endArguments(choice, call);
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    arguments(choice, call).string(json, from, to);
    endArguments(choice, call);
  }

  private JsonOutput arguments(int choice, int call) {
    Calls ofChoice = calls.get(choice);
    if (ofChoice != null) {
      ofChoice.silent.clear(call);
    }
    if (isFunction(choice, call)) {
      return delta(choice).raw("\"function_call\":{\"arguments\":");
    }
    return delta(choice)
        .raw("\"tool_calls\":[{\"index\":")
        .number(call)
        .raw(",\"function\":{\"arguments\":");
  }

  private void endArguments(int choice, int call) {
    events.output().raw(isFunction(choice, call) ? "}" : "}}]");
    endDelta(null);
  }

  private boolean isFunction(int choice, int call) {
    Calls ofChoice = calls.get(choice);
    return ofChoice != null && ofChoice.functions.get(call);
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    begin(choice);
    Calls ofChoice = calls.get(choice);
    if (ofChoice != null) {
      noArguments(choice, ofChoice, reason);
      calls.remove(choice);
    }
    delta(choice);
    endDelta(reason);
  }

  /** Clients parse the arguments of every call; of one that was cut off there are none. */
  private void noArguments(int choice, Calls ofChoice, Finish reason) {
    BitSet silent = ofChoice.silent;
    for (int call = silent.nextSetBit(0); call >= 0; call = silent.nextSetBit(call + 1)) {
      if (reason != Finish.Length || call != ofChoice.last) {
        toolInput(choice, call, NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
      }
    }
  }

  @Override
  public void usage(Tokens tokens) {
    events.usage(tokens);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    calls.forEach((choice, ofChoice) -> noArguments(choice, ofChoice, Finish.Stop));
    events.end();
  }

  private void begin(int choice) {
    if (!begun.get(choice)) {
      begun.set(choice);
      byte[] held = logprobs;
      logprobs = null;
      delta(choice).raw(ROLE);
      endDelta(null);
      logprobs = held;
    }
  }

  private JsonOutput delta(int choice) {
    return events.choice(choice).raw(",\"delta\":{");
  }

  private void endDelta(@Nullable Finish finishReason) {
    var out = events.output().raw("}");
    if (logprobs != null) {
      out.raw(",\"logprobs\":{\"content\":").raw(logprobs).raw(",\"refusal\":null}");
      logprobs = null;
    }
    events.endChoice(finishReason);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
