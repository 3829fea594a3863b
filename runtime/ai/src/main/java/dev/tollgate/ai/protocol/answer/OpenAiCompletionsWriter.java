package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/** Writes OpenAI's {@code text_completion} events; reasoning has no place in them. */
final class OpenAiCompletionsWriter implements AnswerWriter {

  private final OpenAiEvents events;

  OpenAiCompletionsWriter(Exchange exchange) {
    events = new OpenAiEvents(exchange, "cmpl-", "text_completion");
  }

  @Override
  public JsonOutput output() {
    return events.output();
  }

  @Override
  public void text(int choice, JsonText text) {
    end(events.choice(choice).raw(",\"text\":").string(text), null);
  }

  @Override
  public void refusal(int choice, JsonText text) {
    text(choice, text);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    // no member for it; its tokens are in the usage
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // cannot be asked for when the backend speaks another dialect
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    throw Untranslatable.because("a completion cannot call tools");
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    throw Untranslatable.because("a completion cannot call tools");
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    throw Untranslatable.because("a completion cannot call tools");
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    end(events.choice(choice).raw(",\"text\":\"\""), reason);
  }

  @Override
  public void usage(Tokens tokens) {
    events.usage(tokens);
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    events.end();
  }

  private void end(JsonOutput choice, @Nullable Finish reason) {
    choice.raw(",\"logprobs\":null");
    events.endChoice(reason);
  }
}
