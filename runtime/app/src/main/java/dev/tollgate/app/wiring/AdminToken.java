package dev.tollgate.app.wiring;

import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The credential of the platform's administrator: a file that only this user can read, and in a
 * cluster a Secret of the pool beside it.
 */
public final class AdminToken {

  private final byte[] token;
  private final Supplier<Optional<byte[]>> ofPool;

  /**
   * @param ofPool the token in the pool's Secret, where there is one
   */
  AdminToken(Path data, Supplier<Optional<byte[]>> ofPool) throws IOException {
    var file = file(data);
    if (!Files.exists(file)) {
      var random = new byte[24];
      new SecureRandom().nextBytes(random);
      PrivateFiles.write(file, HexFormat.of().formatHex(random));
    }
    token = Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
    this.ofPool = ofPool;
  }

  /** Where the token is. */
  public static Path file(Path data) {
    return data.resolve("admin.token");
  }

  /** Whether an Authorization header holds the token. */
  public boolean matches(String authorization) {
    return isBearer(authorization, token)
        || ofPool.get().filter(t -> t.length > 0 && isBearer(authorization, t)).isPresent();
  }

  private static boolean isBearer(String authorization, byte[] token) {
    return MessageDigest.isEqual(
        ("Bearer " + new String(token, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8),
        authorization.getBytes(StandardCharsets.UTF_8));
  }
}
