package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request that is wrong, or that cannot be said in the dialect of the backend. */
public final class BadModelRequest extends Exception {

  private final @Nullable String param;

  /**
   * @param message a sentence for the caller: what is wrong and what to do
   * @param param the place, such as {@code messages[2].content[0].type}; null for the whole body
   */
  public BadModelRequest(String message, @Nullable String param) {
    super(message, null, false, false);
    this.param = param;
  }

  /**
   * What is not JSON, with the place where it ceases to be; the parser's own words are about
   * itself.
   *
   * @param what the text, as the subject of a sentence
   */
  public static BadModelRequest notJson(String what, @Nullable String param, IOException e) {
    var at = e instanceof JsonProcessingException json ? json.getLocation() : null;
    return new BadModelRequest(
        at == null
            ? what + " is not JSON in UTF-8."
            : "%s is not JSON, or has a member twice, at line %d, column %d."
                .formatted(what, at.getLineNr(), at.getColumnNr()),
        param);
  }

  /** The place in the request, as a path of JSON members; null when it is the whole body. */
  public @Nullable String param() {
    return param;
  }

  /** The member of the request's own object in which the place is; null for the whole body. */
  public @Nullable String member() {
    return param == null ? null : param.split("[.\\[]", 2)[0];
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
