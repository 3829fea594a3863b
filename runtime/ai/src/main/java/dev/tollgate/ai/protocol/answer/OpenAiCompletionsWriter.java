package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/** Writes OpenAI's {@code text_completion} events; reasoning has no place in them. */
final class OpenAiCompletionsWriter implements AnswerWriter {

  private final JsonOutput out = new JsonOutput(512);
  private final byte[] head;
  private final boolean showUsage;
  private long input = -1;
  private long cachedInput;
  private long output = -1;

  OpenAiCompletionsWriter(Exchange exchange) {
    showUsage = exchange.showUsage();
    head =
        new JsonOutput(256)
            .raw("data: {\"id\":")
            .string("cmpl-" + exchange.id())
            .raw(",\"object\":\"text_completion\",\"created\":")
            .number(exchange.created().getEpochSecond())
            .raw(",\"model\":")
            .string(exchange.model())
            .raw(",\"choices\":[")
            .take();
  }

  @Override
  public JsonOutput output() {
    return out;
  }

  @Override
  public void text(int choice, JsonText text) {
    out.raw(head).raw("{\"index\":").number(choice).raw(",\"text\":").string(text);
    close("null");
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
    out.raw(head).raw("{\"index\":").number(choice).raw(",\"text\":\"\"");
    close('"' + reason.openAi() + '"');
  }

  @Override
  public void usage(long inputTokens, long cachedTokens, long outputTokens) {
    input = inputTokens;
    cachedInput = cachedTokens;
    output = outputTokens;
  }

  @Override
  public void error(UpstreamError error) {}

  @Override
  public void end() {
    if (showUsage && input >= 0 && output >= 0) {
      out.raw(head).raw("],\"usage\":");
      OpenAiUsage.write(out, input, cachedInput, output);
      out.raw("}\n\n");
    }
    out.raw("data: [DONE]\n\n");
  }

  private void close(String finishReason) {
    out.raw(",\"logprobs\":null,\"finish_reason\":")
        .raw(finishReason)
        .raw(showUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n");
  }
}
