package dev.tollgate.ai.route;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.model.ModelProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelListingTest {

  private static final byte[] OTHERS = "{\"data\":[{\"id\":\"models/m\"}]}".getBytes(UTF_8);
  private static final byte[] LISTED = "{\"data\":[{\"id\":\"a\"},{\"id\":\"m\"}]}".getBytes(UTF_8);

  @Test
  void aModelIsGoneOnlyAfterTheListHasNamedIt() {
    var listing = new ModelListing(ModelProvider.OpenAI, "m");

    assertThat(listing.trouble(200, OTHERS)).isEmpty();
    assertThat(listing.trouble(200, LISTED)).isEmpty();
    assertThat(listing.trouble(200, OTHERS)).isEqualTo("it has no model m");
    assertThat(listing.trouble(200, LISTED)).isEmpty();
  }

  @Test
  void ollamasListIsTheTruth() {
    var listing = new ModelListing(ModelProvider.Ollama, "m");

    assertThat(listing.trouble(200, "{\"models\":[]}".getBytes(UTF_8)))
        .isEqualTo("it has no model m");
    assertThat(listing.trouble(200, "{\"models\":[{\"name\":\"m:latest\"}]}".getBytes(UTF_8)))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 405, 501})
  void noListSaysNothing(int status) {
    var listing = new ModelListing(ModelProvider.Anthropic, "m");

    assertThat(listing.trouble(200, LISTED)).isEmpty();
    assertThat(listing.trouble(status, new byte[0])).isEmpty();
    assertThat(listing.trouble(500, new byte[0])).isEqualTo("it answers 500");
  }
}
