package dev.tollgate.crd.resolve.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text for equal JSON values, whatever wrote them down: members by name, no spaces, numbers
 * without a needless fraction or exponent, so that 1.0 from a file is the 1 that an API server
 * keeps. In the spirit of RFC 8785, but with decimal numbers of any size.
 */
final class CanonicalJson {

  private CanonicalJson() {}

  static String text(JsonNode value) {
    StringBuilder to = new StringBuilder(256);
    write(value, to);
    return to.toString();
  }

  /** SHA-256 of a text's UTF-8, in hex. */
  static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java has SHA-256", missing);
    }
  }

  private static void write(JsonNode value, StringBuilder to) {
    switch (value.getNodeType()) {
      case OBJECT -> {
        Map<String, JsonNode> members = new TreeMap<>();
        value.properties().forEach(e -> members.put(e.getKey(), e.getValue()));
        to.append('{');
        members.forEach((name, member) -> {
          to.append(to.charAt(to.length() - 1) == '{' ? "" : ",");
          to.append(TextNode.valueOf(name)).append(':');
          write(member, to);
        });
        to.append('}');
      }
      case ARRAY -> {
        to.append('[');
        for (int i = 0; i < value.size(); i++) {
          to.append(i == 0 ? "" : ",");
          write(value.get(i), to);
        }
        to.append(']');
      }
      case NUMBER -> {
        var number = value.decimalValue().stripTrailingZeros();
        // a great exponent would fill the memory with zeros
        to.append(Math.abs(number.scale()) > 30 ? number.toString() : number.toPlainString());
      }
      default -> to.append(value);
    }
  }
}
