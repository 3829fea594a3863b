package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes Ollama's lines, of chat and of generate. Calls of tools are written when their arguments
 * are complete, on a line of their own before the last. The durations are what the gateway has
 * seen: the whole time is exact, the time for the prompt is the time to the first piece.
 */
final class OllamaWriter implements AnswerWriter {

  private record Call(int index, @Nullable String id, String name, ToolArguments arguments) {}

  private final JsonOutput out = new JsonOutput(512);
  private final Exchange exchange;
  private final boolean chat;
  private final byte[] model;
  private final Map<Integer, Call> calls = new TreeMap<>();
  private byte @Nullable [] logprobs;
  private @Nullable Instant first;
  private Finish reason = Finish.Stop;
  private Tokens tokens = Tokens.UNSAID;

  OllamaWriter(Exchange exchange) {
    this.exchange = exchange;
    chat = exchange.client() == Dialect.OllamaChat;
    model = new JsonOutput(64).raw("{\"model\":").string(exchange.model()).take();
  }

  @Override
  public JsonOutput output() {
    return out;
  }

  @Override
  public void text(int choice, JsonText text) {
    line();
    if (chat) {
      string(out.raw(",\"message\":{\"role\":\"assistant\",\"content\":"), text).raw("}");
    } else {
      string(out.raw(",\"response\":"), text);
    }
    out.raw(",\"done\":false");
    if (logprobs != null) {
      out.raw(",\"logprobs\":").raw(logprobs);
      logprobs = null;
    }
    out.raw("}\n");
  }

  @Override
  public void refusal(int choice, JsonText text) {
    text(choice, text);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    line();
    if (chat) {
      out.raw(",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":");
      string(out, text).raw("}");
    } else {
      string(out.raw(",\"response\":\"\",\"thinking\":"), text);
    }
    out.raw(",\"done\":false}\n");
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    logprobs = new JsonOutput(to - from).line(json, from, to).take();
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    if (calls.size() >= exchange.limits().tools()) {
      throw Untranslatable.tooLarge(
          "the model calls more than " + exchange.limits().tools() + " tools");
    }
    calls.put(call, new Call(call, id, name, new ToolArguments(exchange.limits().answerBytes())));
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    Call known = calls.get(call);
    if (known != null) {
      known.arguments().add(piece);
    }
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    Call known = calls.get(call);
    if (known != null) {
      known.arguments().set(json, from, to);
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
    byte[] written = calls();
    if (written.length > 0) {
      line().raw(",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[");
      out.raw(written).raw("]},\"done\":false}\n");
    }
    line();
    out.raw(chat ? ",\"message\":{\"role\":\"assistant\",\"content\":\"\"}" : ",\"response\":\"\"");
    ending(out, exchange, reason, first, tokens);
    out.raw("}\n");
  }

  /** The calls but for one that the model was cut off in. */
  private byte[] calls() {
    var written = new JsonOutput(256);
    int left = calls.size();
    for (Call call : calls.values()) {
      byte[] object = call.arguments().object(reason, --left == 0);
      if (object != null) {
        call(written.raw(written.length() == 0 ? "" : ","), call, object);
      }
    }
    return written.take();
  }

  private static void call(JsonOutput to, Call call, byte[] arguments) {
    to.raw("{");
    if (call.id() != null) {
      to.raw("\"id\":").string(call.id()).raw(",");
    }
    to.raw("\"function\":{\"index\":")
        .number(call.index())
        .raw(",\"name\":")
        .string(call.name())
        .raw(",\"arguments\":")
        .line(arguments, 0, arguments.length)
        .raw("}}");
  }

  /**
   * A string without a character that clients take for the end of the line, as Ollama writes it.
   */
  private static JsonOutput string(JsonOutput to, JsonText text) {
    return to.raw("\"").line(text.array(), text.from(), text.to()).raw("\"");
  }

  /** The members that only the last line has. */
  static void ending(
      JsonOutput to, Exchange exchange, Finish reason, @Nullable Instant first, Tokens told) {
    Tokens tokens = told.counted();
    Instant now = exchange.clock().instant();
    Instant answered = first == null ? now : first;
    to.raw(",\"done\":true,\"done_reason\":\"")
        .raw(reason.ollama())
        .raw("\",\"total_duration\":")
        .number(nanos(exchange.created(), now))
        .raw(",\"load_duration\":0,\"prompt_eval_count\":")
        .number(tokens.input())
        .raw(",\"prompt_eval_duration\":")
        .number(nanos(exchange.created(), answered))
        .raw(",\"eval_count\":")
        .number(tokens.output())
        .raw(",\"eval_duration\":")
        .number(nanos(answered, now));
  }

  private static long nanos(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toNanos());
  }

  private JsonOutput line() {
    Instant now = exchange.clock().instant();
    first = first == null ? now : first;
    return out.raw(model).raw(",\"created_at\":\"").raw(now.toString()).raw("\"");
  }
}
