package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.json.JsonOutput;
import org.jspecify.annotations.Nullable;

/**
 * What the events of OpenAI's chats and completions have in common: how each begins and ends, the
 * usage when it was asked for, and {@code [DONE]}.
 */
final class OpenAiEvents {

  private final JsonOutput out = new JsonOutput(512);
  private final byte[] head;
  private final boolean showUsage;
  private Tokens tokens = Tokens.UNSAID;

  /**
   * @param prefix of the id
   * @param object what each event says that it is
   */
  OpenAiEvents(Exchange exchange, String prefix, String object) {
    showUsage = exchange.showUsage();
    head =
        new JsonOutput(256)
            .raw("data: {\"id\":")
            .string(prefix + exchange.id())
            .raw(",\"object\":")
            .string(object)
            .raw(",\"created\":")
            .number(exchange.created().getEpochSecond())
            .raw(",\"model\":")
            .string(exchange.model())
            .raw(",\"choices\":[")
            .take();
  }

  JsonOutput output() {
    return out;
  }

  /** Begins an event of one choice; its members follow. */
  JsonOutput choice(int choice) {
    return out.raw(head).raw("{\"index\":").number(choice);
  }

  /**
   * Ends it.
   *
   * @param finishReason null while there is more
   */
  void endChoice(@Nullable Finish finishReason) {
    out.raw(",\"finish_reason\":");
    if (finishReason == null) {
      out.raw("null");
    } else {
      out.raw("\"").raw(finishReason.openAi()).raw("\"");
    }
    out.raw(showUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n");
  }

  void usage(Tokens told) {
    tokens = tokens.then(told);
  }

  void end() {
    if (showUsage && tokens.inputSaid() && tokens.outputSaid()) {
      out.raw(head).raw("],\"usage\":");
      OpenAiUsage.write(out, tokens);
      out.raw("}\n\n");
    }
    out.raw("data: [DONE]\n\n");
  }
}
