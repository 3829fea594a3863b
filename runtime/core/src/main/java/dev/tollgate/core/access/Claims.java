package dev.tollgate.core.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims of a JSON Web Token (RFC 7519) that access needs, and every other claim that is a
 * string. Times are seconds since the epoch, none of them below zero; -1 when absent.
 *
 * @param scopes of the claim of RFC 8693 and of {@code scp}; words of a string, or an array
 */
record Claims(
    @Nullable String issuer,
    List<String> audiences,
    @Nullable String subject,
    long expires,
    long notBefore,
    Scopes scopes,
    Map<String, String> strings) {

  /** Of two claims of one name nobody can say which holds, and the issuer may mean another. */
  static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Reads the payload without building a tree.
   *
   * @throws IOException when it is not a JSON object, a claim is of the wrong type, or is there
   *     twice
   */
  static Claims read(byte[] payload) throws IOException {
    List<String> audiences = new ArrayList<>();
    Set<String> scopes = new HashSet<>();
    boolean scoped = false;
    Map<String, String> strings = new HashMap<>();
    long expires = -1;
    long notBefore = -1;
    try (var in = JSON.createParser(payload)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the payload is not an object");
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        var name = in.currentName();
        var value = in.nextToken();
        var ofScopes = name.equals("scope") || name.equals("scp");
        scoped |= ofScopes;
        switch (name) {
          case "exp" -> expires = number(value, name, in.getValueAsLong(-1));
          case "nbf" -> notBefore = number(value, name, in.getValueAsLong(-1));
          default -> {
            if (value == JsonToken.VALUE_STRING) {
              strings.put(name, in.getText());
              if (ofScopes) {
                scopes.addAll(List.of(in.getText().split(" ", -1)));
              }
            } else if (name.equals("iss") || name.equals("sub")) {
              throw new IOException(name + " is not a string");
            } else if (value == JsonToken.START_ARRAY) {
              var into = name.equals("aud") ? audiences : ofScopes ? scopes : null;
              while (in.nextToken() != JsonToken.END_ARRAY) {
                if (in.currentToken() == JsonToken.VALUE_STRING && into != null) {
                  into.add(in.getText());
                } else {
                  in.skipChildren();
                }
              }
            } else {
              in.skipChildren();
            }
          }
        }
      }
      if (in.nextToken() != null) {
        throw new IOException("the payload goes on after its object");
      }
    }
    scopes.remove("");
    var audience = strings.get("aud");
    if (audience != null) {
      audiences.add(audience);
    }
    return new Claims(
        strings.get("iss"),
        audiences,
        strings.get("sub"),
        expires,
        notBefore,
        scoped ? Scopes.ofToken(scopes) : Scopes.UNSAID,
        strings);
  }

  private static long number(JsonToken token, String name, long value) throws IOException {
    if (!token.isNumeric()) {
      throw new IOException(name + " is not a number");
    }
    return Math.max(0, value);
  }
}
