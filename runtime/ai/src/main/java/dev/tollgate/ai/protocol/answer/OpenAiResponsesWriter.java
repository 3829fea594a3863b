package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ToolNamespaces;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.answer.ResponseObject.Part;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of OpenAI's responses. Each item is repeated whole when it is done and again at
 * the end of the answer, so what has been written is kept, up to {@link
 * dev.tollgate.ai.protocol.ProtocolLimits#answerBytes()}.
 */
final class OpenAiResponsesWriter implements AnswerWriter {

  /** An item that has begun and is not done. */
  private static final class Item {
    final int index;
    final String id;
    final @Nullable Part message;
    final String callId;
    final String callName;
    final ArgumentsEnd arguments = new ArgumentsEnd();

    /** What has been said, as a literal without its quotes. */
    final JsonOutput said = new JsonOutput(256);

    Item(int index, String id, @Nullable Part message, String callId, String callName) {
      this.index = index;
      this.id = id;
      this.message = message;
      this.callId = callId;
      this.callName = callName;
    }
  }

  private static final byte[] NOTHING = {};
  private static final byte[] NO_ARGUMENTS = {'{', '}'};

  private final JsonOutput out = new JsonOutput(1024);
  private final Exchange exchange;
  private final ResponseObject response;
  private final int most;

  /** The items that are done, in the order in which they began. */
  private final Map<Integer, byte[]> done = new TreeMap<>();

  /** The calls that are not done; all but the last are complete. */
  private final Map<Integer, Item> calls = new LinkedHashMap<>(2);

  private final Map<Integer, WaitingCall> waiting = new LinkedHashMap<>(2);

  private @Nullable Item message;
  private int items;
  private int kept;
  private boolean begun;

  /** Whether there is an item that is more than a thought. */
  private boolean answered;

  private long sequence;
  private Finish reason = Finish.Stop;
  private Tokens tokens = Tokens.UNSAID;

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
    say(Part.Text, text);
  }

  @Override
  public void refusal(int choice, JsonText text) {
    say(Part.Refusal, text);
  }

  private void say(Part kind, JsonText text) {
    Item open = message;
    Item item = open != null && open.message == kind ? open : openMessage(kind);
    keep(item, text.array(), text.from(), text.to());
    event(kind.event("delta"));
    place(item).raw(",\"content_index\":0,\"delta\":").string(text);
    out.raw(kind.logprobs()).raw("}\n\n");
  }

  private Item openMessage(Part kind) {
    beforeItem();
    var item = new Item(items, response.itemId(kind, items), kind, "", "");
    message = item;
    answered |= kind != Part.Reasoning;
    items++;
    event("response.output_item.added").raw(",\"output_index\":").number(item.index);
    out.raw(",\"item\":");
    response.said(out, item.index, kind, null, "in_progress");
    out.raw("}\n\n");
    event("response.content_part.added");
    place(item).raw(",\"content_index\":0,\"part\":");
    kind.write(out, NOTHING);
    out.raw("}\n\n");
    return item;
  }

  @Override
  public void thinking(int choice, JsonText text) {
    say(Part.Reasoning, text);
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // cannot be asked for when the backend speaks another dialect
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    String given = id == null ? ToolCallIds.of(exchange, choice, call) : id;
    if (!complete()) {
      if (waiting.size() >= exchange.limits().tools()) {
        throw Untranslatable.tooLarge(
            "the model calls more than " + exchange.limits().tools() + " tools at once");
      }
      waiting.put(call, new WaitingCall(given, name));
    } else {
      openCall(call, given, name);
    }
  }

  /** Whether all calls are complete that have begun here. */
  private boolean complete() {
    return calls.values().stream().allMatch(item -> item.arguments.complete());
  }

  private void openCall(int call, String given, String name) {
    beforeItem();
    var item = new Item(items, response.callItemId(items), null, given, name);
    calls.put(call, item);
    answered = true;
    items++;
    event("response.output_item.added").raw(",\"output_index\":").number(item.index);
    out.raw(",\"item\":");
    response.call(out, item.index, given, name, NOTHING, "in_progress");
    out.raw("}\n\n");
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    arguments(call, piece.array(), piece.from(), piece.to());
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    byte[] quoted = new JsonOutput(to - from + 16).string(json, from, to).take();
    arguments(call, quoted, 1, quoted.length - 1);
  }

  private void arguments(int call, byte[] literal, int from, int to) {
    WaitingCall later = waiting.get(call);
    if (later != null) {
      count(to - from);
      later.literal().raw(literal, from, to);
      return;
    }
    Item item = calls.get(call);
    if (item == null) {
      throw Untranslatable.because("the backend went back to a call of a tool that was complete");
    }
    count(to - from);
    piece(item, literal, from, to);
    writeWaiting(false);
  }

  private void piece(Item item, byte[] literal, int from, int to) {
    item.said.raw(literal, from, to);
    item.arguments.take(literal, from, to);
    event("response.function_call_arguments.delta");
    place(item).raw(",\"delta\":\"").raw(literal, from, to).raw("\"}\n\n");
  }

  /**
   * Writes the calls whose turn has come: clients put the pieces together in the order in which
   * they come, and take an item for done when the next begins.
   *
   * @param all whether nothing more comes for any of them
   */
  private void writeWaiting(boolean all) {
    while (!waiting.isEmpty() && (all || complete())) {
      int next = waiting.keySet().iterator().next();
      WaitingCall later = waiting.remove(next);
      if (later != null) {
        closeCalls(all);
        openCall(next, later.id(), later.name());
        byte[] literal = later.literal().take();
        Item item = calls.get(next);
        if (item != null && literal.length > 0) {
          piece(item, literal, 0, literal.length);
        }
      }
    }
  }

  @Override
  public void finish(int choice, Finish why, @Nullable String stopSequence) {
    reason = why;
  }

  @Override
  public void usage(Tokens told) {
    tokens = tokens.then(told);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    begin();
    closeMessage();
    writeWaiting(true);
    closeCalls(true);
    if (!answered) { // as in an answer that is not streamed
      openMessage(Part.Text);
      closeMessage();
    }
    var output = new JsonOutput(256);
    for (byte[] item : done.values()) {
      output.raw(output.length() == 0 ? "" : ",").raw(item);
    }
    event("response." + ResponseObject.status(reason)).raw(",\"response\":");
    response.write(out, reason, output.take(), tokens);
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

  /** A call that is not complete stays open beside a message that comes before its end. */
  private void beforeItem() {
    begin();
    closeMessage();
    closeCalls(false);
  }

  private void closeMessage() {
    Item item = message;
    if (item == null || item.message == null) {
      return;
    }
    message = null;
    Part kind = item.message;
    byte[] text = item.said.take();
    event(kind.event("done"));
    place(item).raw(",\"content_index\":0,\"").raw(kind.member()).raw("\":\"").raw(text);
    out.raw("\"").raw(kind.logprobs()).raw("}\n\n");
    event("response.content_part.done");
    place(item).raw(",\"content_index\":0,\"part\":");
    kind.write(out, text);
    out.raw("}\n\n");
    var whole = new JsonOutput(text.length + 256);
    response.said(whole, item.index, kind, text, "completed");
    done(item, whole.take());
  }

  private void closeCalls(boolean all) {
    calls
        .values()
        .removeIf(item -> {
          boolean ends = all || item.arguments.complete();
          if (ends) {
            closeCall(item);
          }
          return ends;
        });
  }

  private void closeCall(Item item) {
    byte[] arguments = item.said.length() == 0 ? NO_ARGUMENTS : item.said.take();
    event("response.function_call_arguments.done");
    String namespace = ToolNamespaces.of(exchange.namespaces(), item.callName);
    place(item).raw(",\"name\":").string(ToolNamespaces.within(namespace, item.callName));
    out.raw(",\"arguments\":\"").raw(arguments).raw("\"}\n\n");
    var whole = new JsonOutput(arguments.length + 256);
    response.call(whole, item.index, item.callId, item.callName, arguments, "completed");
    done(item, whole.take());
  }

  private void done(Item item, byte[] whole) {
    event("response.output_item.done").raw(",\"output_index\":").number(item.index);
    out.raw(",\"item\":").raw(whole).raw("}\n\n");
    done.put(item.index, whole);
  }

  private JsonOutput event(String type) {
    return out.raw("event: ")
        .raw(type)
        .raw("\ndata: {\"type\":\"")
        .raw(type)
        .raw("\",\"sequence_number\":")
        .number(sequence++);
  }

  private JsonOutput place(Item item) {
    return out.raw(",\"item_id\":").string(item.id).raw(",\"output_index\":").number(item.index);
  }

  private void keep(Item item, byte[] bytes, int from, int to) {
    count(to - from);
    item.said.raw(bytes, from, to);
  }

  private void count(int bytes) {
    kept += bytes;
    if (kept > most) {
      throw Untranslatable.tooLarge("the answer has more than " + most + " bytes");
    }
  }
}
