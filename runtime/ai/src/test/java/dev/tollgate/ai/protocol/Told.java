package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a client is told of an answer of a backend, as JSON. */
final class Told {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Changes nothing. */
  static final TextFilter UNCHANGED =
      new TextFilter() {
        @Override
        public String next(Lane lane, String piece) {
          return piece;
        }

        @Override
        public String rest(Lane lane) {
          return "";
        }
      };

  final Recorded sink = new Recorded();
  final List<JsonNode> events;
  final Usage usage;

  private Told(
      Dialect client,
      Dialect backend,
      @Nullable TextFilter filter,
      boolean showUsage,
      String stream)
      throws BadModelRequest, JsonProcessingException {
    Exchange exchange = exchange(client, backend, showUsage);
    var reader =
        filter == null
            ? ResponseReader.of(exchange, sink)
            : ResponseReader.of(exchange, filter, sink);
    reader.feed(Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));
    reader.end();
    usage = reader.usage();
    var read = new ArrayList<JsonNode>();
    for (String line : sink.utf8().lines().toList()) {
      String json = client.framing() == Framing.Ndjson ? line : line.replaceFirst("^data: ", "");
      if (json.startsWith("{")) {
        read.add(JSON.readTree(json));
      }
    }
    events = List.copyOf(read);
  }

  static Told stream(Dialect client, Dialect backend, String stream)
      throws BadModelRequest, JsonProcessingException {
    return new Told(client, backend, null, true, stream);
  }

  static Told masked(Dialect dialect, TextFilter filter, String stream)
      throws BadModelRequest, JsonProcessingException {
    return new Told(dialect, dialect, filter, true, stream);
  }

  static JsonNode whole(Dialect client, Dialect backend, String body)
      throws BadModelRequest, JsonProcessingException {
    return json(WholeResponse.read(exchange(client, backend, true), null, body.getBytes(UTF_8)));
  }

  static JsonNode maskedWhole(Dialect dialect, TextFilter filter, String body)
      throws BadModelRequest, JsonProcessingException {
    return json(WholeResponse.read(exchange(dialect, dialect, true), filter, body.getBytes(UTF_8)));
  }

  static JsonNode json(WholeResponse response) throws JsonProcessingException {
    assertThat(response).isInstanceOf(WholeResponse.Complete.class);
    return JSON.readTree(new String(((WholeResponse.Complete) response).body(), UTF_8));
  }

  static Exchange exchange(Dialect client, Dialect backend, boolean showUsage)
      throws BadModelRequest {
    String input = client == Dialect.OpenAiResponses ? "\"input\":\"Hi\"" : "\"messages\":[]";
    String ask =
        "{\"model\":\"m\",\"stream\":true,"
            + (client == Dialect.AnthropicMessages ? "\"max_tokens\":9," : "")
            + (client == Dialect.OpenAiChat && showUsage
                ? "\"stream_options\":{\"include_usage\":true},"
                : "")
            + input
            + "}";
    return Exchange.of(
        ModelRequest.read(client, ask.getBytes(UTF_8)),
        backend,
        "1",
        InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")));
  }

  /** The events of a type. */
  List<JsonNode> of(String type) {
    return events.stream().filter(event -> event.path("type").asText().equals(type)).toList();
  }

  /** Of each call of a tool its arguments, put together as a client of OpenAI's chat does. */
  List<String> chatArguments() {
    var calls = new TreeMap<Integer, StringBuilder>();
    for (JsonNode event : events) {
      for (JsonNode call : event.at("/choices/0/delta/tool_calls")) {
        calls
            .computeIfAbsent(call.path("index").asInt(), _ -> new StringBuilder())
            .append(call.at("/function/arguments").asText());
      }
    }
    return calls.values().stream().map(StringBuilder::toString).toList();
  }

  /** Of each block its tool's id and its input, put together as a client of Anthropic does. */
  List<String> blocks() {
    var blocks = new ArrayList<StringBuilder>();
    boolean open = false;
    for (JsonNode event : events) {
      switch (event.path("type").asText()) {
        case "content_block_start" -> {
          assertThat(open).isFalse();
          open = true;
          blocks.add(new StringBuilder(event.at("/content_block/id").asText() + " "));
        }
        case "content_block_delta" -> {
          assertThat(event.path("index").asInt()).isEqualTo(blocks.size() - 1);
          blocks
              .getLast()
              .append(event.at("/delta/partial_json").asText())
              .append(event.at("/delta/text").asText());
        }
        case "content_block_stop" -> open = false;
        default -> {}
      }
    }
    return blocks.stream().map(StringBuilder::toString).toList();
  }

  /** An event of OpenAI's chat. */
  static String chunk(String delta) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{" + delta + "}}]}\n\n";
  }

  /** The last events of OpenAI's chat. */
  static String finish(String reason) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\""
        + reason
        + "\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,"
        + "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}\n\ndata: [DONE]\n\n";
  }

  /** A piece of a call in OpenAI's chat. */
  static String call(int index, @Nullable String id, @Nullable String name, String arguments) {
    return chunk(
        "\"tool_calls\":[{\"index\":"
            + index
            + (id == null ? "" : ",\"id\":\"" + id + "\"")
            + ",\"function\":{"
            + (name == null ? "" : "\"name\":\"" + name + "\",")
            + "\"arguments\":"
            + JSON.valueToTree(arguments)
            + "}}]");
  }
}
