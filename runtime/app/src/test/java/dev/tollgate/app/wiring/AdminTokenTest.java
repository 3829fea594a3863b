package dev.tollgate.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {

  @Test
  void theTokenOfTheFileAndThatOfThePoolAreGoodAndNoOther(@TempDir Path data) throws Exception {
    var ofPool = new AtomicReference<>(Optional.<byte[]>empty());
    var token = new AdminToken(data, ofPool::get);
    assertThat(token.matches("Bearer " + Files.readString(AdminToken.file(data)))).isTrue();
    assertThat(token.matches("Bearer operator")).isFalse();
    ofPool.set(Optional.of("operator".getBytes(StandardCharsets.UTF_8)));
    assertThat(token.matches("Bearer operator")).isTrue();
    assertThat(token.matches("operator")).isFalse();
    assertThat(token.matches("Bearer ")).isFalse();
    ofPool.set(Optional.of(new byte[0]));
    assertThat(token.matches("Bearer ")).as("an empty one").isFalse();
  }
}
