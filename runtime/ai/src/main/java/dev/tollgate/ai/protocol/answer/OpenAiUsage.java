package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;

/**
 * OpenAI's {@code usage} object: {@code prompt_tokens} and {@code completion_tokens} in most
 * dialects, {@code input_tokens} and {@code output_tokens} in responses; cached tokens are a detail
 * of the former and are contained in them.
 *
 * <p>Some servers leave reasoning out of the tokens of the answer, which are billed with it: xAI
 * tells it as a detail, Google's only by a total that is more than the sum.
 */
final class OpenAiUsage {

  private OpenAiUsage() {}

  /** Reads the member that an event has of it, and tells where it is. */
  static void member(JsonCursor event, Parts parts) {
    int from = event.key().from() - 1;
    read(event, parts);
    parts.usageMember(from, event.at());
  }

  static void read(JsonCursor value, Parts parts) {
    read(value, parts, -1);
  }

  /**
   * @param unsaidOutput what is told when the object says nothing of the output
   */
  static void read(JsonCursor value, Parts parts, long unsaidOutput) {
    if (value.skipNull() || !value.enterObject()) {
      return;
    }
    long input = -1;
    long cached = 0;
    long output = unsaidOutput;
    long reasoning = -1;
    long total = -1;
    boolean detailed = false;
    while (value.nextMember()) {
      JsonText key = value.key();
      if (key.is("prompt_tokens") || key.is("input_tokens")) {
        input = value.count();
      } else if (key.is("completion_tokens") || key.is("output_tokens")) {
        output = value.count();
      } else if (key.is("prompt_tokens_details") || key.is("input_tokens_details")) {
        cached = Math.max(0, detail(value, "cached_tokens"));
        detailed = true;
      } else if (key.is("completion_tokens_details") || key.is("output_tokens_details")) {
        reasoning = detail(value, "reasoning_tokens");
      } else if (key.is("total_tokens")) {
        total = value.count();
      } else {
        value.skip();
      }
    }
    long apart = input < 0 || output < 0 ? 0 : total - input - output;
    if (apart > 0 && (apart == reasoning || (reasoning < 0 && !detailed))) {
      output += apart;
      reasoning = apart;
    }
    parts.usage(new Tokens(input, cached, 0, 0, output, reasoning));
  }

  private static long detail(JsonCursor value, String name) {
    long count = -1;
    if (value.enterObject()) {
      while (value.nextMember()) {
        if (value.key().is(name)) {
          count = value.count();
        } else {
          value.skip();
        }
      }
    }
    return count;
  }

  /** Writes the object in the words of chat and completions. */
  static void write(JsonOutput out, Tokens told) {
    Tokens tokens = told.counted();
    out.raw("{\"prompt_tokens\":")
        .number(tokens.input())
        .raw(",\"completion_tokens\":")
        .number(tokens.output())
        .raw(",\"total_tokens\":")
        .number(tokens.input() + tokens.output())
        .raw(",\"prompt_tokens_details\":{\"cached_tokens\":")
        .number(tokens.cachedInput());
    if (tokens.reasoningSaid()) {
      out.raw("},\"completion_tokens_details\":{\"reasoning_tokens\":").number(tokens.reasoning());
    }
    out.raw("}}");
  }
}
