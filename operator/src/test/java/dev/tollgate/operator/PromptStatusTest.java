package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.PROMPT;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.prompt.AcceptedVersion;
import dev.tollgate.crd.prompt.PromptTemplate;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A prompt's status tells which versions the replicas serve, and what they refuse. */
@NullUnmarked
class PromptStatusTest {

  private static final String PROMPTS = "/tollgate/prompts";
  private static final String KEPT = "a".repeat(64);

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(1);
    platform = new Platform(replica.port());
    platform.apply(POOLS + PROMPT);
    replica.joins(platform, "default");
    await("it is accepted", () -> accepted().status().equals("True") && versions().size() == 2);
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void aVersionThatReplicasKeptAsSomethingElseIsRefusedThoughNoStatusKnewOfIt() {
    var digest = versions().getFirst().digest();
    replica.tells(PROMPTS, served("\"1\":\"" + KEPT + "\",\"2\":\"" + second() + "\"", ""));
    await("it is refused", () -> accepted().reason().equals("VersionChanged"));
    assertThat(accepted().status()).isEqualTo("False");
    assertThat(accepted().message())
        .contains("version 1 was accepted with other content", "a new number");
    assertThat(versions().getFirst()).isEqualTo(new AcceptedVersion(1, KEPT));
    assertThat(platform.events("VersionChanged"))
        .singleElement()
        .satisfies(event -> assertThat(event.getType()).isEqualTo("Warning"));
    replica.tells(PROMPTS, served("\"1\":\"" + digest + "\",\"2\":\"" + second() + "\"", ""));
    await("it is as it was", () -> accepted().status().equals("True"));
  }

  @Test
  void aVersionThatDoesNotCompileMayBePutRightUnderItsNumber() {
    var first = versions().getFirst().digest();
    var wrong =
        """
        {"version":2,"reason":"TemplateInvalid","message":"messages[0]: 1:9: unknown filter 'uper'","path":"spec.versions[1]"}
        """;
    replica.tells(PROMPTS, served("\"1\":\"" + first + "\"", wrong));
    await("it is refused", () -> accepted().reason().equals("TemplateInvalid"));
    assertThat(accepted().message()).contains("spec.versions[1]", "unknown filter 'uper'");
    assertThat(versions()).containsExactly(new AcceptedVersion(1, first));
    assertThat(prompt().getStatus().latest()).isEqualTo(1);
    // the API server lets no version change, but take one away and add another
    platform.apply(PROMPT.replaceFirst("(?m)^  - \\{version: 2.*\n", ""));
    await("it is gone", () -> accepted().status().equals("True"));
    platform.apply(PROMPT.replace("Two", "Second"));
    await("replicas still refuse it", () -> accepted().reason().equals("TemplateInvalid"));
    assertThat(accepted().observedGeneration()).isEqualTo(3);
    replica.tells(PROMPTS, served("\"1\":\"" + first + "\"", ""));
    await("it is accepted", () -> accepted().status().equals("True") && versions().size() == 2);
    assertThat(platform.events("VersionChanged")).isEmpty();
  }

  @Test
  void nothingIsWrittenWhileReplicasTellTheSame() throws Exception {
    replica.tells(
        PROMPTS,
        served("\"1\":\"" + versions().getFirst().digest() + "\",\"2\":\"" + second() + "\"", ""));
    await(
        "it is served",
        () -> platform.condition("PromptTemplate", "fixer", "Programmed").status().equals("True"));
    await("it was asked", () -> replica.notModified(PROMPTS) > 0);
    var version = prompt().getMetadata().getResourceVersion();
    var asked = replica.notModified(PROMPTS);
    await("it was asked again", () -> replica.notModified(PROMPTS) > asked);
    assertThat(prompt().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  private static String served(String digests, String refused) {
    return "{\"prompts\":[{\"name\":\"fixer\",\"digests\":{%s},\"refused\":[%s]}]}"
        .formatted(digests, refused);
  }

  private String second() {
    return versions().getLast().digest();
  }

  private PromptTemplate prompt() {
    return platform
        .client()
        .resources(PromptTemplate.class)
        .inNamespace(platform.namespace())
        .withName("fixer")
        .get();
  }

  private List<AcceptedVersion> versions() {
    return prompt().getStatus().versions();
  }

  private Condition accepted() {
    return platform.condition("PromptTemplate", "fixer", "Accepted");
  }
}
