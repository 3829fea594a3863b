package dev.tollgate.core.events;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs webhooks as Standard Webhooks says: {@code v1,} and HMAC-SHA256, in base64, of id, time and
 * body with dots between.
 *
 * @see <a
 *     href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks</a>
 */
final class WebhookSignature {

  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";
  private static final int LEAST_BYTES = 24;
  private static final int MOST_BYTES = 64;
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final List<byte[]> keys;

  private WebhookSignature(List<byte[]> keys) {
    this.keys = keys;
  }

  /**
   * @param secret {@code whsec_} and 24 to 64 bytes in base64; several, with white space between,
   *     while the receiver goes over from one to the next
   * @throws IllegalArgumentException when it is not; the text does not repeat it
   */
  static WebhookSignature of(String secret) {
    List<byte[]> keys = new ArrayList<>();
    for (var each : SPACE.split(secret.strip(), -1)) {
      keys.add(key(each));
    }
    return new WebhookSignature(keys);
  }

  private static byte[] key(String secret) {
    if (secret.startsWith(PREFIX)) {
      try {
        var key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        if (key.length >= LEAST_BYTES && key.length <= MOST_BYTES) {
          return key;
        }
      } catch (IllegalArgumentException notBase64) {
        // told below, without what it was
      }
    }
    throw new IllegalArgumentException(
        "a webhook's secret is whsec_ and 24 to 64 random bytes in base64; correct the Secret");
  }

  /**
   * Value of the header {@code webhook-signature}.
   *
   * @param seconds since the epoch, as in the header {@code webhook-timestamp}
   */
  String sign(String id, long seconds, String body) {
    var signatures = new StringJoiner(" ");
    var content = (id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8);
    for (var key : keys) {
      try {
        var mac = Mac.getInstance(ALGORITHM);
        mac.init(new SecretKeySpec(key, ALGORITHM));
        signatures.add("v1," + Base64.getEncoder().encodeToString(mac.doFinal(content)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has " + ALGORITHM, e);
      }
    }
    return signatures.toString();
  }
}
