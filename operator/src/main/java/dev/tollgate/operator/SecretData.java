package dev.tollgate.operator;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Values as the {@code data} of a Secret has them: in Base64, texts in UTF-8. */
public final class SecretData {

  private SecretData() {}

  public static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws IllegalArgumentException when it is no Base64
   */
  public static byte[] bytes(String value) {
    return Base64.getDecoder().decode(value);
  }

  /**
   * @throws IllegalArgumentException when it is no Base64
   */
  public static String text(String value) {
    return new String(bytes(value), StandardCharsets.UTF_8);
  }
}
