package dev.tollgate.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {

  @Test
  void theTokenOfTheFileAndThatOfThePoolAreGoodAndNoOther(@TempDir Path data) throws Exception {
    var ofPool = data.resolve("token");
    var token = new AdminToken(data, ofPool);
    assertThat(token.matches("Bearer " + Files.readString(AdminToken.file(data)))).isTrue();
    assertThat(token.matches("Bearer operator")).isFalse();
    Files.writeString(ofPool, "operator");
    assertThat(token.matches("Bearer operator")).isTrue();
    assertThat(token.matches("operator")).isFalse();
    assertThat(token.matches("Bearer ")).isFalse();
    Files.writeString(ofPool, "");
    assertThat(token.matches("Bearer ")).as("an empty one").isFalse();
  }
}
