package dev.tollgate.app.wiring;

import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The credential of the platform's administrator: a file that only this user can read. */
public final class AdminToken {

  private final byte[] token;

  AdminToken(Path data) throws IOException {
    var file = file(data);
    if (!Files.exists(file)) {
      var random = new byte[24];
      new SecureRandom().nextBytes(random);
      PrivateFiles.write(file, HexFormat.of().formatHex(random));
    }
    token = Files.readString(file).strip().getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Where the token is. */
  public static Path file(Path data) {
    return data.resolve("admin.token");
  }

  /** Whether an Authorization header holds the token. */
  public boolean matches(String authorization) {
    return MessageDigest.isEqual(
        ("Bearer " + new String(token, java.nio.charset.StandardCharsets.UTF_8))
            .getBytes(java.nio.charset.StandardCharsets.UTF_8),
        authorization.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
