package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.request.KeptByProvider;
import dev.tollgate.ai.protocol.request.RequestTranslation;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes of a client's request the one that the backend gets. Where both speak the same dialect only
 * the name of the model is replaced, the usage is asked for, and values are set that callers have
 * no say in; every other byte stays as it is.
 */
public final class RequestRewrite {

  private RequestRewrite() {}

  /**
   * @param backendModel the model as the backend names it
   * @throws BadModelRequest when the backend's dialect cannot say what is asked
   */
  public static byte[] toBackend(ModelRequest request, Dialect backend, String backendModel)
      throws BadModelRequest {
    return toBackend(request, backend, backendModel, MostTokens.Older);
  }

  /**
   * The same, and says with which name the backend knows the most tokens of a chat.
   *
   * @throws BadModelRequest when the backend's dialect cannot say what is asked
   */
  public static byte[] toBackend(
      ModelRequest request, Dialect backend, String backendModel, MostTokens most)
      throws BadModelRequest {
    return toBackend(request, backend, backendModel, most, Set.of());
  }

  /**
   * The same, and leaves members out that the caller has not sent.
   *
   * @param optional members that are left out where the backend's dialect cannot say them
   * @throws BadModelRequest when the backend's dialect cannot say what is asked
   */
  public static byte[] toBackend(
      ModelRequest request,
      Dialect backend,
      String backendModel,
      MostTokens most,
      Set<String> optional)
      throws BadModelRequest {
    if (request.prompt() != null) {
      throw new IllegalArgumentException("the prompt must be put into the messages first");
    }
    if (request.dialect() == backend) {
      if (request.mayNameKept()) {
        KeptByProvider.refuse(backend, request.body());
      }
      return spliced(request, backendModel, most);
    }
    return RequestTranslation.translate(
        request.dialect(), request.body(), backend, backendModel, most, optional);
  }

  private static byte[] spliced(ModelRequest request, String backendModel, MostTokens most) {
    byte[] body = request.body();
    ModelRequest.Places places = request.places();
    var splice = new Splice(body);
    if (!request.model().equals(backendModel)) {
      splice.replace(places.modelFrom(), places.modelTo(), Splice.literal(backendModel));
    }
    for (var value : places.fixed()) {
      splice.replace(value.from(), value.to(), value.literal());
    }
    boolean ask =
        request.dialect() == Dialect.OpenAiChat || request.dialect() == Dialect.OpenAiCompletions;
    if (ask && request.stream() && !request.includeUsage()) {
      askForUsage(splice, places);
    }
    boolean rename =
        most == MostTokens.OlderAlone || (most == MostTokens.Older && request.bounded());
    if (rename && request.dialect() == Dialect.OpenAiChat && places.newerMostFrom() >= 0) {
      int from = places.newerMostFrom();
      int to = from + RequestScan.NEWER_MOST.length() + 2;
      var name = new String(body, from, to - from, StandardCharsets.UTF_8);
      if (name.equals('"' + RequestScan.NEWER_MOST + '"')) { // else it is written with escapes
        splice.replace(from, to, "\"max_tokens\"");
      }
    }
    return splice.done();
  }

  private static void askForUsage(Splice splice, ModelRequest.Places places) {
    if (places.includeUsageFrom() >= 0) {
      splice.replace(places.includeUsageFrom(), places.includeUsageTo(), "true");
    } else if (places.streamOptionsTo() >= 0) {
      splice.replace(
          places.streamOptionsFrom(), places.streamOptionsTo(), "{\"include_usage\":true}");
    } else if (places.streamOptionsFrom() >= 0) {
      int inside = places.streamOptionsFrom() + 1;
      splice.replace(
          inside, inside, "\"include_usage\":true" + (places.streamOptionsEmpty() ? "" : ","));
    } else {
      splice.replace(
          places.modelTo(), places.modelTo(), ",\"stream_options\":{\"include_usage\":true}");
    }
  }

  /** Replaces ranges of a body, in any order. */
  private static final class Splice {
    private final byte[] body;
    private final TreeMap<Integer, Piece> pieces = new TreeMap<>();

    private record Piece(int to, String text) {}

    Splice(byte[] body) {
      this.body = body;
    }

    void replace(int from, int to, String text) {
      // what is put in right after the model comes after the model's own place
      pieces.put(from == to ? 2 * from + 1 : 2 * from, new Piece(to, text));
    }

    byte[] done() {
      if (pieces.isEmpty()) {
        return body;
      }
      var out = new ByteArrayOutputStream(body.length + 128);
      int at = 0;
      for (var piece : pieces.entrySet()) {
        int from = piece.getKey() / 2;
        out.write(body, at, from - at);
        out.writeBytes(piece.getValue().text().getBytes(StandardCharsets.UTF_8));
        at = piece.getValue().to();
      }
      out.write(body, at, body.length - at);
      return out.toByteArray();
    }

    static String literal(String text) {
      var out = new JsonOutput(text.length() + 8);
      return new String(out.string(text).take(), StandardCharsets.UTF_8);
    }
  }
}
