package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.json.JsonOutput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a whole answer in the client's dialect. */
final class WholeAnswerWriter {

  private final Exchange exchange;
  private final Answer answer;
  private final JsonOutput out = new JsonOutput(1024);

  WholeAnswerWriter(Exchange exchange, Answer answer) {
    this.exchange = exchange;
    this.answer = answer;
  }

  byte[] write() {
    switch (exchange.client()) {
      case OpenAiChat -> openAiChat();
      case OpenAiCompletions -> openAiCompletions();
      case AnthropicMessages -> anthropic();
      case OllamaChat, OllamaGenerate -> ollama();
      case OpenAiResponses -> new ResponseObject(exchange).write(out, answer);
      case OpenAiEmbeddings, OllamaEmbed, OllamaEmbeddings ->
          throw new IllegalStateException("embeddings are no text");
    }
    return out.take();
  }

  private void openAiChat() {
    openAiHead("chatcmpl-", "chat.completion");
    boolean more = false;
    for (var entry : answer.choices().entrySet()) {
      Answer.Choice choice = entry.getValue();
      out.raw(more ? "," : "").raw("{\"index\":").number(entry.getKey());
      more = true;
      out.raw(",\"message\":{\"role\":\"assistant\",\"content\":");
      if (choice.text.isEmpty() && !(choice.calls.isEmpty() && choice.refusal.isEmpty())) {
        out.raw("null");
      } else {
        out.string(choice.text.toString());
      }
      out.raw(",\"refusal\":");
      orNull(choice.refusal.isEmpty() ? null : choice.refusal.toString());
      if (!choice.thinking.isEmpty()) {
        out.raw(",\"reasoning_content\":").string(choice.thinking.toString());
      }
      openAiCalls(choice);
      out.raw("},\"logprobs\":");
      logprobs(choice);
      out.raw(",\"finish_reason\":\"").raw(choice.finish.openAi()).raw("\"}");
    }
    openAiTail();
  }

  private void openAiCalls(Answer.Choice choice) {
    boolean more = false;
    for (Answer.Call call : choice.calls.values()) {
      if (!call.function()) {
        out.raw(more ? "," : ",\"tool_calls\":[").raw("{\"id\":").string(call.id());
        more = true;
        openAiCall(",\"type\":\"function\",\"function\":", call).raw("}");
      }
    }
    out.raw(more ? "]" : "");
    for (Answer.Call call : choice.calls.values()) {
      if (call.function()) {
        openAiCall(",\"function_call\":", call);
      }
    }
  }

  private JsonOutput openAiCall(String member, Answer.Call call) {
    out.raw(member).raw("{\"name\":").string(call.name());
    return out.raw(",\"arguments\":").string(call.arguments().text()).raw("}");
  }

  private void logprobs(Answer.Choice choice) {
    if (choice.logprobs.isEmpty()) {
      out.raw("null");
    } else {
      out.raw("{\"content\":").raw(choice.logprobs.getFirst()).raw(",\"refusal\":null}");
    }
  }

  private void openAiCompletions() {
    openAiHead("cmpl-", "text_completion");
    boolean more = false;
    for (var entry : answer.choices().entrySet()) {
      Answer.Choice choice = entry.getValue();
      out.raw(more ? "," : "").raw("{\"index\":").number(entry.getKey());
      more = true;
      out.raw(",\"text\":").string(choice.said());
      out.raw(",\"logprobs\":null,\"finish_reason\":\"").raw(choice.finish.openAi()).raw("\"}");
    }
    openAiTail();
  }

  private void openAiHead(String prefix, String object) {
    out.raw("{\"id\":").string(prefix + exchange.id());
    out.raw(",\"object\":\"").raw(object).raw("\",\"created\":");
    out.number(exchange.created().getEpochSecond());
    out.raw(",\"model\":").string(exchange.model()).raw(",\"choices\":[");
  }

  private void openAiTail() {
    out.raw("],\"usage\":");
    OpenAiUsage.write(out, answer.tokens());
    out.raw("}");
  }

  private void anthropic() {
    Answer.Choice choice = answer.only();
    out.raw("{\"id\":").string("msg_" + exchange.id());
    out.raw(",\"type\":\"message\",\"role\":\"assistant\",\"model\":").string(exchange.model());
    out.raw(",\"content\":[");
    String between = "";
    if (!choice.thinking.isEmpty()) {
      out.raw("{\"type\":\"thinking\",\"thinking\":").string(choice.thinking.toString());
      out.raw(",\"signature\":\"\"}");
      between = ",";
    }
    String said = choice.said();
    if (!said.isEmpty()) {
      out.raw(between).raw("{\"type\":\"text\",\"text\":").string(said).raw("}");
      between = ",";
    }
    for (Answer.Input call : choice.inputs()) {
      out.raw(between).raw("{\"type\":\"tool_use\",\"id\":").string(call.id());
      out.raw(",\"name\":").string(call.name());
      out.raw(",\"input\":").raw(call.json()).raw("}");
      between = ",";
    }
    Finish finish = choice.finish.with(!choice.calls.isEmpty(), !choice.refusal.isEmpty());
    out.raw("],\"stop_reason\":\"");
    out.raw(choice.stopSequence == null ? finish.anthropic() : "stop_sequence");
    out.raw("\",\"stop_sequence\":");
    orNull(choice.stopSequence);
    out.raw(",\"usage\":");
    AnthropicWriter.usage(out, answer.tokens());
    out.raw("}");
  }

  private void ollama() {
    Answer.Choice choice = answer.only();
    boolean chat = exchange.client().chat();
    out.raw("{\"model\":").string(exchange.model()).raw(",\"created_at\":\"");
    out.raw(exchange.clock().instant().toString()).raw("\"");
    out.raw(chat ? ",\"message\":{\"role\":\"assistant\",\"content\":" : ",\"response\":");
    out.string(choice.said());
    if (!choice.thinking.isEmpty()) {
      out.raw(",\"thinking\":").string(choice.thinking.toString());
    }
    if (chat) {
      ollamaCalls(choice);
      out.raw("}");
    }
    if (!choice.logprobs.isEmpty()) {
      out.raw(",\"logprobs\":").raw(choice.logprobs.getFirst());
    }
    OllamaWriter.ending(out, exchange, choice.finish, null, answer.tokens());
    out.raw("}");
  }

  private void ollamaCalls(Answer.Choice choice) {
    List<Answer.Input> inputs = choice.inputs();
    if (inputs.isEmpty()) {
      return;
    }
    out.raw(",\"tool_calls\":[");
    int index = 0;
    for (Answer.Input call : inputs) {
      out.raw(index == 0 ? "" : ",").raw("{\"id\":").string(call.id());
      out.raw(",\"function\":{\"index\":").number(index++);
      out.raw(",\"name\":").string(call.name());
      out.raw(",\"arguments\":").raw(call.json()).raw("}}");
    }
    out.raw("]");
  }

  private void orNull(@Nullable String text) {
    if (text == null) {
      out.raw("null");
    } else {
      out.string(text);
    }
  }
}
