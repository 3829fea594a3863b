package dev.tollgate.ai.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.ai.Given;
import dev.tollgate.ai.TestDatabases;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Repositories;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.PromptView;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What versions promise, on whichever database the platform has. */
abstract class PromptStorePromises {

  private final Databases databases = databases();
  private final Repositories repositories = Repositories.on(databases, "default-0");
  private final PromptVersionRows rows = repositories.get(PromptVersionRows.class);
  private final PromptLabelRows labels = repositories.get(PromptLabelRows.class);
  private final PromptStore store = new PromptStore(rows, labels, "local");

  /** Databases with nothing in them. */
  abstract Databases databases();

  @AfterEach
  void close() {
    repositories.close();
    databases.close();
  }

  private PromptCatalog catalog(PromptView... prompts) {
    var catalog = new PromptCatalog(store);
    catalog.follow(Given.state(List.of(prompts), List.of()));
    return catalog;
  }

  private static String system(PromptCatalog catalog, int version) {
    var prompt = Objects.requireNonNull(catalog.find("sql-fixer"));
    var given = JsonNodeFactory.instance.objectNode().put("query", "SELECT 1");
    return Objects.requireNonNull(prompt.versions().get(version))
        .render(given)
        .getFirst()
        .content();
  }

  @Test
  void aVersionIsServedAsItWasFirstAccepted() {
    catalog(Given.prompt(Map.of(), Given.version(1, "first {{ tone }}")));

    var changed = catalog(Given.prompt(Map.of(), Given.version(1, "second {{ tone }}")));

    assertThat(system(changed, 1)).isEqualTo("first concise");
    assertThat(changed.findings())
        .singleElement()
        .extracting(Finding::name, Finding::reason)
        .containsExactly("sql-fixer", "VersionChanged");
  }

  @Test
  void aVersionThatIsRemovedAndAddedAgainIsTheFirst() {
    var catalog =
        catalog(Given.prompt(Map.of(), Given.version(1, "first"), Given.version(2, "other")));
    catalog.follow(
        Given.state(List.of(Given.prompt(Map.of(), Given.version(2, "other"))), List.of()));
    assertThat(Objects.requireNonNull(catalog.find("sql-fixer")).versions()).containsOnlyKeys(2);

    catalog.follow(
        Given.state(List.of(Given.prompt(Map.of(), Given.version(1, "again"))), List.of()));

    assertThat(system(catalog, 1)).isEqualTo("first");
    assertThat(catalog.findings()).extracting(Finding::reason).containsExactly("VersionChanged");
  }

  @Test
  void labelsMove() {
    var one = Given.version(1, "one");
    var two = Given.version(2, "two");
    var catalog = catalog(Given.prompt(Map.of("production", 1), one, two));
    assertThat(Objects.requireNonNull(catalog.find("sql-fixer")).usual().view().version())
        .isEqualTo(1);

    catalog.follow(
        Given.state(List.of(Given.prompt(Map.of("production", 2), one, two)), List.of()));

    assertThat(Objects.requireNonNull(catalog.find("sql-fixer")).usual().view().version())
        .isEqualTo(2);
  }

  @Test
  void aLabelStaysWhereItWasAlsoAfterARestart() {
    var one = Given.version(1, "one");
    var two = Given.version(2, "two");
    var broken = Given.version(3, "Hi {{ who }}");
    catalog(Given.prompt(Map.of("production", 1, "beta", 2), one, two));

    var moved = Given.prompt(Map.of("production", 3, "canary", 3), one, two, broken);
    var anew = Objects.requireNonNull(catalog(moved).find("sql-fixer"));
    assertThat(anew.labels()).isEqualTo(Map.of("production", 1));
    assertThat(anew.usual().view().version()).isEqualTo(1);

    // a label that was taken away has no place to stay at
    catalog(Given.prompt(Map.of("beta", 2), one, two));
    var again = Objects.requireNonNull(catalog(moved).find("sql-fixer"));
    assertThat(again.labels()).isEmpty();

    var right = Given.version(3, "Hi {{ tone }}");
    assertThat(
            Objects.requireNonNull(
                    catalog(Given.prompt(Map.of("production", 3), one, two, right))
                        .find("sql-fixer"))
                .labels())
        .isEqualTo(Map.of("production", 3));
  }

  @Test
  void whatDoesNotCompileIsNotAcceptedAndMayBePutRight() {
    var wrong = catalog(Given.prompt(Map.of(), Given.version(1, "Hi {{ who }}")));
    assertThat(wrong.find("sql-fixer")).isNull();
    assertThat(wrong.findings())
        .singleElement()
        .extracting(Finding::message)
        .asString()
        .contains("messages[0].content: line 1, column 7: there is no variable named who");

    assertThat(wrong.findings()).extracting(Finding::path).containsExactly("spec.versions[0]");

    assertThat(system(catalog(Given.prompt(Map.of(), Given.version(1, "Hi {{ tone }}"))), 1))
        .isEqualTo("Hi concise");
  }

  @Test
  void ofReplicasThatBringDifferentContentAtOnceOneIsFirst() {
    Set<String> kept = java.util.Collections.synchronizedSet(new HashSet<>());
    try (var replicas = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 24; i++) {
        var content = "from replica " + i;
        replicas.execute(() -> kept.add(store.accept("p", Given.version(1, content)).digest()));
      }
    }

    assertThat(kept).hasSize(1);
  }

  @Test
  void namespacesKeepTheirOwn() {
    store.accept("p", Given.version(1, "here"));
    var other = new PromptStore(rows, labels, "other");

    assertThat(other.find("p", 1)).isNull();
    assertThat(other.accept("p", Given.version(1, "there")).messages().getFirst().content())
        .isEqualTo("there");
  }

  @Test
  void keepsEveryLanguageAndSign() {
    store.accept("p", Given.version(1, "日本語 🙂 \"'\\"));

    assertThat(Objects.requireNonNull(store.find("p", 1)).messages().getFirst().content())
        .isEqualTo("日本語 🙂 \"'\\");
  }

  @Test
  void whatTheStoreDoesNotAnswerToIsServedOnceItDoes() throws Exception {
    var away = new AtomicBoolean(true);
    try (var later = TestDatabases.h2Unless(away);
        var there = Repositories.on(later, "default-0")) {
      var catalog =
          new PromptCatalog(
              new PromptStore(
                  there.get(PromptVersionRows.class), there.get(PromptLabelRows.class), "local"));
      catalog.follow(
          Given.state(List.of(Given.prompt(Map.of(), Given.version(1, "one"))), List.of()));
      assertThat(catalog.find("sql-fixer")).isNull();

      away.set(false);

      var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (catalog.find("sql-fixer") == null && System.nanoTime() < end) {
        Thread.sleep(100);
        catalog.refresh();
      }
      assertThat(system(catalog, 1)).isEqualTo("one");
    }
  }
}
