package dev.tollgate.ai.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.Given;
import dev.tollgate.ai.TestDatabases;
import dev.tollgate.ai.experiment.Experiments;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Repositories;
import dev.tollgate.crd.experiment.StickyBy;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.crd.view.PromptVersionView;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PromptCallsTest {

  private final Databases databases = TestDatabases.h2();
  private final Repositories repositories = Repositories.on(databases, "default-0");
  private final PromptCatalog catalog =
      new PromptCatalog(
          new PromptStore(
              repositories.get(PromptVersionRows.class),
              repositories.get(PromptLabelRows.class),
              "local"));
  private final Experiments experiments = new Experiments();
  private final PromptCalls calls = new PromptCalls(catalog, experiments);

  @AfterEach
  void close() {
    repositories.close();
    databases.close();
  }

  private void serve(ExperimentView... running) {
    serve(
        Given.version(1, "Answer in a {{ tone }} style."),
        Given.version(2, "Be {{ tone | upper }}."),
        running);
  }

  private void serve(PromptVersionView one, PromptVersionView two, ExperimentView... running) {
    var state =
        Given.state(List.of(Given.prompt(Map.of("production", 1), one, two)), List.of(running));
    catalog.follow(state);
    experiments.follow(state);
  }

  private static WantedPrompt reference(
      @Nullable Integer version, @Nullable String label, @Nullable String experiment) {
    return new WantedPrompt("sql-fixer", version, label, experiment, query(), null);
  }

  private static ObjectNode query() {
    return JsonNodeFactory.instance.objectNode().put("query", "SELEC {{ tone }}");
  }

  @Test
  void rendersTheVersionThatALabelPointsTo() {
    serve();

    var rendered = calls.resolve(Given.principal("acme"), reference(null, null, null));

    assertThat(rendered.promptId()).isEqualTo("v1_sql_fixer");
    assertThat(rendered.messages())
        .containsExactly(
            new PromptMessageView("system", "Answer in a concise style."),
            new PromptMessageView("user", "SELEC {{ tone }}"));
    assertThat(rendered.experiment()).isEmpty();
  }

  @Test
  void aLabelThatIsMovedToAVersionThatDoesNotCompileStaysWhereItIs() {
    serve();
    catalog.follow(
        Given.state(
            List.of(
                Given.prompt(
                    Map.of("production", 3),
                    Given.version(1, "Answer in a {{ tone }} style."),
                    Given.version(2, "Be {{ tone | upper }}."),
                    Given.version(3, "Be {{ tone"))),
            List.of()));

    assertThat(calls.resolve(Given.principal("acme"), reference(null, null, null)).promptId())
        .isEqualTo("v1_sql_fixer");
    assertThat(catalog.findings()).extracting(Finding::reason).containsExactly("TemplateInvalid");
  }

  @Test
  void aCallThatNamesNoVersionTakesPartInTheExperiment() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      var reference = new WantedPrompt("sql-fixer", null, null, null, query(), "user-" + i);
      var rendered = calls.resolve(Given.principal("acme"), reference);
      ids.add(rendered.variant() + " " + rendered.promptId());
    }
    assertThat(ids).containsExactlyInAnyOrder("control v1_sql_fixer", "treatment-a v2_sql_fixer");
    assertThat(calls.resolve(Given.principal("acme"), reference(2, null, null)).experiment())
        .isEmpty();
  }

  @Test
  void aTenantWhosePlanLacksTheModelOfAVariantTakesNoPart() {
    serve(
        Given.version(1, "Be {{ tone }}."),
        Given.version(2, "phi3", "Be {{ tone | upper }}."),
        Given.experiment("s", StickyBy.User, null, 50, 50));

    for (int i = 0; i < 50; i++) {
      var reference = new WantedPrompt("sql-fixer", null, null, null, query(), "user-" + i);
      var rendered = calls.resolve(Given.principal("acme", "llama3"), reference);
      assertThat(rendered.promptId()).isEqualTo("v1_sql_fixer");
      assertThat(rendered.experiment()).isEmpty();
    }
    assertThatThrownBy(() ->
            calls.resolve(Given.principal("acme", "llama3"), reference(null, null, "pax-2024-q3")))
        .hasMessageContaining("No experiment named pax-2024-q3");
  }

  @Test
  void anExperimentWithAVersionThatIsNotServedWaits() {
    serve(
        Given.version(1, "Be {{ tone }}."),
        Given.version(2, "Be {{ tone"),
        Given.experiment("s", StickyBy.User, null, 0, 50));

    assertThat(calls.resolve(Given.principal("acme"), reference(null, null, null)).promptId())
        .isEqualTo("v1_sql_fixer");
  }

  @Test
  void namesWhatIsWrongWithTheVariables() {
    serve();
    var wrong = JsonNodeFactory.instance.objectNode().put("tone", 5).put("shout", true);
    var reference = new WantedPrompt("sql-fixer", 1, null, null, wrong, null);

    assertThatThrownBy(() -> calls.resolve(Given.principal("acme"), reference))
        .isInstanceOfSatisfying(
            PromptException.class,
            e -> {
              assertThat(e.problem().status()).isEqualTo(422);
              assertThat(e.problem().members())
                  .containsEntry("missing", List.of("/query"))
                  .containsEntry("extra", List.of("/shout"))
                  .containsEntry("wrongType", List.of("/tone"));
            });
  }

  @Test
  void whatThereIsNotIsNotFound() {
    serve();
    var acme = Given.principal("acme");

    assertThatThrownBy(() -> calls.resolve(acme, reference(9, null, null)))
        .hasMessageContaining("no version or label 9");
    assertThatThrownBy(() -> calls.resolve(acme, reference(null, "beta", null)))
        .hasMessageContaining("no version or label beta");
    assertThatThrownBy(() -> calls.resolve(acme, reference(null, null, "nope")))
        .hasMessageContaining("No experiment named nope");
    assertThatThrownBy(() -> reference(1, "production", null)).hasMessageContaining("at most one");
  }

  @Test
  void aPlanWithoutTheModelDoesNotHaveThePrompt() {
    serve();

    assertThatThrownBy(
            () -> calls.resolve(Given.principal("acme", "phi3"), reference(null, null, null)))
        .hasMessageContaining("no prompt named sql-fixer for you");
  }
}
