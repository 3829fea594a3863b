package dev.tollgate.operator.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LoadStateTest {

  @Test
  void withoutTheInternetItIsSaidWhatElseCanBeDone() {
    var failed =
        LoadState.Failed.of(
            "gemma3:270m",
            new ModelSource.Library(),
            "pull model manifest: Get \"https://registry.ollama.ai/v2/library/gemma3\": dial tcp:"
                + " lookup registry.ollama.ai on 10.0.0.1:53: server misbehaving");
    assertThat(failed.reason()).isEqualTo("LibraryUnreachable");
    assertThat(failed.message())
        .startsWith("the library of gemma3:270m cannot be reached from the pod; let it connect")
        .contains("from.path or from.url", "It says: pull model manifest");
  }

  @Test
  void whatElseALibrarySaysIsRepeated() {
    var failed = LoadState.Failed.of("m", new ModelSource.Library(), "unauthorized");
    assertThat(failed.reason()).isEqualTo("ModelFailed");
    assertThat(failed.message()).endsWith("not brought from the library of models: unauthorized");
  }
}
