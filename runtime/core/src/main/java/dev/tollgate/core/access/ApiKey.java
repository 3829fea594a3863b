package dev.tollgate.core.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * An API key: {@code tg_live_}, 32 random base-62 characters (190 bits), and 6 more that are the
 * CRC-32 of all before, so that a typing error, or a key that a scanner found, is recognised
 * without a look-up. Only its SHA-256 is ever stored.
 */
public final class ApiKey {

  /** What every key begins with. */
  public static final String PREFIX = "tg_live_";

  private static final String ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int RANDOM_CHARACTERS = 32;
  private static final int CHECK_CHARACTERS = 6;
  private static final int LENGTH = PREFIX.length() + RANDOM_CHARACTERS + CHECK_CHARACTERS;
  private static final int ID_LENGTH = 12;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(ApiKey::sha256);

  private final String secret;
  private final String hash;

  private ApiKey(String secret) {
    this.secret = secret;
    this.hash = hash(secret);
  }

  public static ApiKey generate() {
    var text = new StringBuilder(LENGTH).append(PREFIX);
    for (int i = 0; i < RANDOM_CHARACTERS; i++) {
      text.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
    }
    return new ApiKey(text.append(check(text)).toString());
  }

  /** The key, or empty when its form or checksum is wrong. */
  public static Optional<ApiKey> parse(String text) {
    if (text.length() != LENGTH || !text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    var end = LENGTH - CHECK_CHARACTERS;
    return text.regionMatches(end, check(text.substring(0, end)), 0, CHECK_CHARACTERS)
        ? Optional.of(new ApiKey(text))
        : Optional.empty();
  }

  /** SHA-256 of a key, in hex. */
  public static String hash(String secret) {
    return HexFormat.of()
        .formatHex(SHA_256.get().digest(secret.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** The key itself; to be shown once, and never logged. */
  public String secret() {
    return secret;
  }

  public String hash() {
    return hash;
  }

  /** What names the key where it is listed: the beginning of its hash. */
  public String id() {
    return id(hash);
  }

  public static String id(String hash) {
    return hash.substring(0, ID_LENGTH);
  }

  @Override
  public String toString() {
    return "ApiKey[" + id() + "]";
  }

  private static String check(CharSequence text) {
    var crc = new CRC32();
    crc.update(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    var value = crc.getValue();
    var check = new char[CHECK_CHARACTERS];
    for (int i = CHECK_CHARACTERS - 1; i >= 0; i--) {
      check[i] = ALPHABET.charAt((int) (value % ALPHABET.length()));
      value /= ALPHABET.length();
    }
    return new String(check);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
