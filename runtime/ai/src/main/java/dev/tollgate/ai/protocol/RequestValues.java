package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Values of a request where a parser is, of the kind they must be, and their place in the body. */
final class RequestValues {

  private RequestValues() {}

  static boolean flag(JsonParser parser, String name, boolean unsaid) throws BadModelRequest {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> unsaid;
      default -> throw new BadModelRequest(name + " must be true or false.", name);
    };
  }

  static long positive(JsonParser parser, String name, long unsaid)
      throws IOException, BadModelRequest {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return unsaid;
    }
    if (isTooLarge(parser)) {
      throw new BadModelRequest(name + " is too large a number.", name);
    }
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 1) {
      throw new BadModelRequest(name + " must be a whole number of 1 or more.", name);
    }
    return parser.getLongValue();
  }

  /** Whether it is a whole number that is no {@code long}. */
  static boolean isTooLarge(JsonParser parser) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER;
  }

  static @Nullable String string(JsonParser parser, String name)
      throws IOException, BadModelRequest {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NULL -> null;
      default -> throw new BadModelRequest(name + " must be a string.", name);
    };
  }

  static @Nullable String skipped(JsonParser parser) throws IOException {
    parser.skipChildren();
    return null;
  }

  static int start(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  static int end(JsonParser parser) {
    return (int) parser.currentLocation().getByteOffset();
  }

  /** Whether a text stands at a place of a body, in characters of ASCII. */
  static boolean starts(byte[] body, int at, String text) {
    if (at + text.length() > body.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (body[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
