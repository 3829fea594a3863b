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

  /**
   * One call of a tool.
   *
   * @param function whether it came in the way that OpenAI had before tools
   */
  record Call(String id, String name, ToolArguments arguments, boolean function) {}

  /** One call whose arguments are a JSON object. */
  @SuppressWarnings("ArrayRecordComponent") // written once, never compared
  record Input(String id, String name, byte[] json) {}

  /** One of {@code n} answers. */
  static final class Choice {
    final StringBuilder text = new StringBuilder();
    final StringBuilder refusal = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();
    final Map<Integer, Call> calls = new TreeMap<>();
    final List<byte[]> logprobs = new ArrayList<>();
    Finish finish = Finish.Stop;
    @Nullable String stopSequence;

    /** The text, for dialects in which a refusal is text as well. */
    String said() {
      return text.toString().concat(refusal.toString());
    }

    /**
     * The calls for dialects whose arguments are objects; one that the model was cut off in is left
     * out.
     *
     * @throws Untranslatable when the arguments of one are not an object
     */
    List<Input> inputs() {
      List<Input> inputs = new ArrayList<>(calls.size());
      int left = calls.size();
      for (Call call : calls.values()) {
        byte[] json = call.arguments().object(finish, --left == 0);
        if (json != null) {
          inputs.add(new Input(call.id(), call.name(), json));
        }
      }
      return inputs;
    }
  }

  private final Exchange exchange;
  private final Map<Integer, Choice> choices = new TreeMap<>();
  private Tokens tokens = Tokens.UNSAID;

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

  Tokens tokens() {
    return tokens.counted();
  }

  private Choice choice(int number) {
    return choices.computeIfAbsent(number, _ -> new Choice());
  }

  @Override
  public void text(int choice, JsonText text) {
    choice(choice).text.append(text.decoded());
  }

  @Override
  public void refusal(int choice, JsonText text) {
    choice(choice).refusal.append(text.decoded());
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
    begin(choice, call, id == null ? ToolCallIds.of(exchange, choice, call) : id, name, false);
  }

  @Override
  public void functionCall(int choice, int call, String name) {
    begin(choice, call, ToolCallIds.of(exchange, choice, call), name, true);
  }

  private void begin(int choice, int call, String id, String name, boolean function) {
    var arguments = new ToolArguments(exchange.limits().answerBytes());
    choice(choice).calls.put(call, new Call(id, name, arguments, function));
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
  public void usage(Tokens told) {
    tokens = tokens.then(told);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {}
}
