package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of OpenAI's chat protocol that says words, at a pace, and fails as it is told. */
final class ModelBackendServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  final HttpServer server;
  final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  final List<Headers> headers = new CopyOnWriteArrayList<>();
  final AtomicInteger brokenOff = new AtomicInteger();

  /** Words of an answer, unless the request has a smaller bound. */
  volatile int words = 5;

  /** What an answer consists of, in place of words; empty for words. */
  volatile List<String> says = List.of();

  /** Whether a connection is closed in place of an answer. */
  volatile boolean hangsUp;

  volatile long millisBetween;
  volatile long millisBefore;

  /** Status of answers; 200 streams. */
  volatile int status = 200;

  /** After so many words the connection is cut; -1 never. */
  volatile int cutAfter = -1;

  /** After so many words an error event ends the stream, with this text; -1 never. */
  volatile int failsAfter = -1;

  /** Whether the connection is cut right after the reason why the answer ends. */
  volatile boolean cutsAtEnd;

  /** So many KiB of comments go before the first word. */
  volatile int comments;

  volatile long millisBetweenComments;

  /** The body of an answer with another status. */
  volatile String error = "{\"error\":{\"message\":\"told to fail\",\"type\":\"server_error\"}}";

  /** What is answered in OpenAI's responses. */
  volatile String response = "";

  /** The type of the error event. */
  volatile String failureType = "server_error";

  static final String FAILURE = "the key sk-of-the-backend has no credit";

  volatile boolean saysUsage = true;

  /** So many calls are refused first, with 400. */
  final AtomicInteger refuses = new AtomicInteger();

  ModelBackendServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/v1/models", exchange -> send(exchange, 200, "{\"data\":[{\"id\":\"m\"}]}"));
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          try (exchange) {
            chat(exchange);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.createContext(
        "/v1/embeddings",
        exchange -> {
          requests.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          send(
              exchange,
              200,
              """
              {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25]}],\
              "model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}\
              """);
        });
    server.createContext(
        "/v1/responses",
        exchange -> {
          requests.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          headers.add(exchange.getRequestHeaders());
          send(exchange, status, response);
        });
    // whoever speaks Anthropic's protocol is only told of errors
    server.createContext(
        "/v1/messages",
        exchange -> {
          requests.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          send(exchange, status, error);
        });
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void chat(HttpExchange exchange) throws IOException, InterruptedException {
    var ask = JSON.readTree(exchange.getRequestBody().readAllBytes());
    requests.add(ask);
    headers.add(exchange.getRequestHeaders());
    var most = ask.path("max_tokens").asInt(ask.path("max_completion_tokens").asInt(words));
    var length = Math.min(words, most);
    Thread.sleep(millisBefore);
    if (hangsUp) {
      return;
    }
    if (refuses.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      send(exchange, 400, "{\"error\":{\"message\":\"not this one\",\"type\":\"x\"}}");
      return;
    }
    if (status != 200) {
      send(exchange, status, error);
      return;
    }
    if (!ask.path("stream").asBoolean()) {
      send(
          exchange,
          200,
          """
          {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,\
          "message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],\
          "usage":{"prompt_tokens":7,"completion_tokens":%d,"total_tokens":%d}}\
          """
              .formatted(
                  says.isEmpty() ? "word ".repeat(length).strip() : String.join("", says),
                  length,
                  length + 7));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    var out = exchange.getResponseBody();
    try {
      var pieces = says.isEmpty() ? Collections.nCopies(length, "word ") : says;
      for (int i = 0; i < comments; i++) {
        out.write((":" + " ".repeat(1021) + "\n\n").getBytes(StandardCharsets.UTF_8));
        if (millisBetweenComments > 0) {
          out.flush();
          Thread.sleep(millisBetweenComments);
        }
      }
      for (int i = 0; i < pieces.size(); i++) {
        if (i == cutAfter) {
          return; // without the end of the chunked body
        }
        if (i == failsAfter) {
          out.write(
              ("data: {\"error\":{\"message\":\""
                      + FAILURE
                      + "\",\"type\":\""
                      + failureType
                      + "\"}}\n\n")
                  .getBytes(StandardCharsets.UTF_8));
          return;
        }
        out.write(
            event("\"delta\":{\"content\":\"" + pieces.get(i) + "\"},\"finish_reason\":null"));
        out.flush();
        Thread.sleep(millisBetween);
      }
      out.write(event("\"delta\":{},\"finish_reason\":\"stop\""));
      if (cutsAtEnd) {
        out.flush();
        return;
      }
      if (saysUsage && ask.at("/stream_options/include_usage").asBoolean()) {
        out.write(
            ("data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                    + "\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":"
                    + length
                    + ",\"total_tokens\":"
                    + (length + 7)
                    + "}}\n\n")
                .getBytes(StandardCharsets.UTF_8));
      }
      out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      brokenOff.incrementAndGet();
      throw e;
    }
  }

  private static byte[] event(String choice) {
    return ("data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
            + "\"choices\":[{\"index\":0,"
            + choice
            + "}]}\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
