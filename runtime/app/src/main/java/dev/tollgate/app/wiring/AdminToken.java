package dev.tollgate.app.wiring;

import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The credential of the platform's administrator: a file that only this user can read, and in a
 * cluster that of the pool beside it.
 */
public final class AdminToken {

  private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);

  private final byte[] token;
  private final @Nullable Path ofPool;

  /**
   * @param ofPool the file with the pool's token, read whenever it is needed; null where there is
   *     none
   */
  AdminToken(Path data, @Nullable Path ofPool) throws IOException {
    var file = file(data);
    if (!Files.exists(file)) {
      var random = new byte[24];
      new SecureRandom().nextBytes(random);
      PrivateFiles.write(file, HexFormat.of().formatHex(random));
    }
    token = read(file);
    this.ofPool = ofPool;
  }

  /** Where the token is. */
  public static Path file(Path data) {
    return data.resolve("admin.token");
  }

  /** Whether an Authorization header holds the token. */
  public boolean matches(String authorization) {
    return isBearer(authorization, token) || isOfPool(authorization);
  }

  private boolean isOfPool(String authorization) {
    if (ofPool == null) {
      return false;
    }
    try {
      var now = read(ofPool);
      return now.length > 0 && isBearer(authorization, now);
    } catch (IOException e) {
      LOG.warn("The pool's token cannot be read: {}", e.toString());
      return false;
    }
  }

  private static byte[] read(Path file) throws IOException {
    return Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isBearer(String authorization, byte[] token) {
    return MessageDigest.isEqual(
        ("Bearer " + new String(token, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8),
        authorization.getBytes(StandardCharsets.UTF_8));
  }
}
