package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of OpenAI's responses. Each item is repeated whole when it is done and again at
 * the end of the answer, so what has been written is kept, up to {@link
 * dev.tollgate.ai.protocol.ProtocolLimits#answerBytes()}. Reasoning is not written: its tokens are
 * in the usage.
 */
final class OpenAiResponsesWriter implements AnswerWriter {

  private enum Item {
    None,
    Message,
    Call
  }

  private final JsonOutput out = new JsonOutput(1024);
  private final JsonOutput items = new JsonOutput(256);
  private final JsonOutput literal = new JsonOutput(256);
  private final Exchange exchange;
  private final ResponseObject response;
  private final int most;
  private final byte[] emptyLiteral = {};
  private boolean begun;
  private long sequence;
  private Item item = Item.None;
  private int index = -1;
  private int call = -1;
  private String callId = "";
  private String callName = "";
  private Finish reason = Finish.Stop;
  private long input;
  private long cachedInput;
  private long output;

  OpenAiResponsesWriter(Exchange exchange) {
    this.exchange = exchange;
    response = new ResponseObject(exchange);
    most = exchange.limits().answerBytes();
  }

  @Override
  public JsonOutput output() {
    return out;
  }

  @Override
  public void text(int choice, JsonText text) {
    if (item != Item.Message) {
      openMessage();
    }
    keep(text.array(), text.from(), text.to());
    event("response.output_text.delta");
    place().raw(",\"content_index\":0,\"delta\":").string(text).raw(",\"logprobs\":[]}\n\n");
  }

  private void openMessage() {
    open(Item.Message);
    event("response.output_item.added").raw(",\"output_index\":").number(index).raw(",\"item\":");
    response.message(out, index, null, "in_progress");
    out.raw("}\n\n");
    event("response.content_part.added");
    place().raw(",\"content_index\":0,\"part\":");
    ResponseObject.part(out, emptyLiteral);
    out.raw("}\n\n");
  }

  @Override
  public void thinking(int choice, JsonText text) {
    begin();
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // cannot be asked for when the backend speaks another dialect
  }

  @Override
  public void toolCall(int choice, int toolCall, @Nullable String id, String name) {
    open(Item.Call);
    call = toolCall;
    callId = id == null ? ToolCallIds.of(exchange, choice, toolCall) : id;
    callName = name;
    event("response.output_item.added").raw(",\"output_index\":").number(index).raw(",\"item\":");
    response.call(out, index, callId, callName, emptyLiteral, "in_progress");
    out.raw("}\n\n");
  }

  @Override
  public void toolArguments(int choice, int toolCall, JsonText piece) {
    requireCurrent(toolCall);
    keep(piece.array(), piece.from(), piece.to());
    event("response.function_call_arguments.delta");
    place().raw(",\"delta\":").string(piece).raw("}\n\n");
  }

  @Override
  public void toolInput(int choice, int toolCall, byte[] json, int from, int to) {
    requireCurrent(toolCall);
    byte[] quoted = new JsonOutput(to - from + 16).string(json, from, to).take();
    keep(quoted, 1, quoted.length - 1);
    event("response.function_call_arguments.delta");
    place().raw(",\"delta\":").raw(quoted).raw("}\n\n");
  }

  private void requireCurrent(int toolCall) {
    if (item != Item.Call || toolCall != call) {
      throw Untranslatable.because(
          "the backend went back to an earlier call of a tool, and a stream of responses cannot");
    }
  }

  @Override
  public void finish(int choice, Finish why, @Nullable String stopSequence) {
    reason = why;
  }

  @Override
  public void usage(long inputTokens, long cachedTokens, long outputTokens) {
    input = Math.max(0, inputTokens);
    cachedInput = cachedTokens;
    output = Math.max(0, outputTokens);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    begin();
    close();
    event("response." + ResponseObject.status(reason)).raw(",\"response\":");
    response.write(out, reason, items.take(), input, cachedInput, output);
    out.raw("}\n\n");
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    for (String type : new String[] {"response.created", "response.in_progress"}) {
      event(type).raw(",\"response\":");
      response.begun(out);
      out.raw("}\n\n");
    }
  }

  private void open(Item kind) {
    begin();
    close();
    item = kind;
    index++;
  }

  private void close() {
    if (item == Item.None) {
      return;
    }
    var done = new JsonOutput(256);
    if (item == Item.Message) {
      byte[] text = literal.take();
      event("response.output_text.done");
      place().raw(",\"content_index\":0,\"text\":\"").raw(text).raw("\",\"logprobs\":[]}\n\n");
      event("response.content_part.done");
      place().raw(",\"content_index\":0,\"part\":");
      ResponseObject.part(out, text);
      out.raw("}\n\n");
      response.message(done, index, text, "completed");
    } else {
      byte[] arguments = literal.length() == 0 ? new byte[] {'{', '}'} : literal.take();
      event("response.function_call_arguments.done");
      place().raw(",\"name\":").string(callName);
      out.raw(",\"arguments\":\"").raw(arguments).raw("\"}\n\n");
      response.call(done, index, callId, callName, arguments, "completed");
    }
    byte[] whole = done.take();
    event("response.output_item.done").raw(",\"output_index\":").number(index);
    out.raw(",\"item\":").raw(whole).raw("}\n\n");
    items.raw(items.length() == 0 ? "" : ",").raw(whole);
    item = Item.None;
  }

  private JsonOutput event(String type) {
    return out.raw("event: ")
        .raw(type)
        .raw("\ndata: {\"type\":\"")
        .raw(type)
        .raw("\",\"sequence_number\":")
        .number(sequence++);
  }

  private JsonOutput place() {
    String id = item == Item.Call ? response.callItemId(index) : response.messageId(index);
    return out.raw(",\"item_id\":").string(id).raw(",\"output_index\":").number(index);
  }

  private void keep(byte[] bytes, int from, int to) {
    if (items.length() + literal.length() + to - from > most) {
      throw Untranslatable.tooLarge("the answer has more than " + most + " bytes");
    }
    literal.raw(bytes, from, to);
  }
}
