package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An answer that was not streamed, put together from its parts. */
final class Answer implements Parts {

  /** One call of a tool. */
  record Call(String id, String name, ToolArguments arguments) {}

  /** One of {@code n} answers. */
  static final class Choice {
    final StringBuilder text = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();
    final Map<Integer, Call> calls = new TreeMap<>();
    final List<byte[]> logprobs = new ArrayList<>();
    Finish finish = Finish.Stop;
    @Nullable String stopSequence;
  }

  private final Exchange exchange;
  private final Map<Integer, Choice> choices = new TreeMap<>();
  private long input;
  private long cachedInput;
  private long output;

  Answer(Exchange exchange) {
    this.exchange = exchange;
  }

  /** The choices by their number; at least one. */
  Map<Integer, Choice> choices() {
    choice(0);
    return choices;
  }

  /** The first choice. */
  Choice only() {
    return choice(0);
  }

  long input() {
    return input;
  }

  long cachedInput() {
    return cachedInput;
  }

  long output() {
    return output;
  }

  private Choice choice(int number) {
    return choices.computeIfAbsent(number, _ -> new Choice());
  }

  @Override
  public void text(int choice, JsonText text) {
    choice(choice).text.append(text.decoded());
  }

  @Override
  public void thinking(int choice, JsonText text) {
    choice(choice).thinking.append(text.decoded());
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    choice(choice).logprobs.add(new JsonOutput(to - from).raw(json, from, to).take());
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    choice(choice)
        .calls
        .put(
            call,
            new Call(
                id == null ? ToolCallIds.of(exchange, choice, call) : id,
                name,
                new ToolArguments(exchange.limits().answerBytes())));
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    Call known = choice(choice).calls.get(call);
    if (known != null) {
      known.arguments().add(piece);
    }
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    Call known = choice(choice).calls.get(call);
    if (known != null) {
      known.arguments().set(json, from, to);
    }
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    choice(choice).finish = reason;
    choice(choice).stopSequence = stopSequence;
  }

  @Override
  public void usage(long inputTokens, long cachedTokens, long outputTokens) {
    input = Math.max(0, inputTokens);
    cachedInput = Math.min(input, cachedTokens);
    output = Math.max(0, outputTokens);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {}
}
