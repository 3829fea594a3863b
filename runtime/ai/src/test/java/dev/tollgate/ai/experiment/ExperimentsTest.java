package dev.tollgate.ai.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.Given;
import dev.tollgate.crd.experiment.StickyBy;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.GuardView;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExperimentsTest {

  private static final GuardView ROLLBACK = new GuardView(5, null, null, 200, true);
  private static final GuardView ALERT = new GuardView(5, null, null, 200, false);

  private final Experiments experiments = new Experiments();

  private void serve(ExperimentView view) {
    experiments.follow(Given.state(List.of(), List.of(view)));
  }

  private String variant(String tenant, String key, @Nullable String user) {
    return Objects.requireNonNull(
            experiments.assign("sql-fixer", null, _ -> true, tenant, key, user))
        .variant();
  }

  private Set<String> variants(String tenant, boolean users) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      seen.add(variant(tenant, users ? "key:1" : "key:" + i, users ? "user-" + i : "same"));
    }
    return seen;
  }

  @Test
  void stickyByUserSplitsUsersAndKeepsAUserWhateverKeyIsUsed() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    assertThat(variants("acme", true)).containsExactlyInAnyOrder("control", "treatment-a");
    assertThat(variants("acme", false)).hasSize(1);
  }

  @Test
  void stickyByUserKnowsAKeyWhereNoUserIsTold() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      seen.add(variant("acme", "key:" + i, null));
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void stickyByKeySplitsKeys() {
    serve(Given.experiment("s", StickyBy.Key, null, 50, 50));

    assertThat(variants("acme", false)).hasSize(2);
    assertThat(variants("acme", true)).hasSize(1);
  }

  @Test
  void stickyByTenantGivesATenantOneVariant() {
    serve(Given.experiment("s", StickyBy.Tenant, null, 50, 50));

    assertThat(variants("acme", true)).hasSize(1);
    assertThat(variants("acme", false)).hasSize(1);
  }

  @Test
  void usersOfTheSameNameOfOtherTenantsAreOthers() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      seen.add(variant("tenant-" + i, "key:1", "ann"));
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void theUnitTellsNobodyTheUser() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    assertThat(
            Objects.requireNonNull(
                    experiments.assign("sql-fixer", null, _ -> true, "acme", "key:1", "ann"))
                .unit())
        .matches("[0-9a-f]{16}");
  }

  @Test
  void aVerdictGivesEveryoneTheControlUntilAnotherSalt() {
    serve(Given.experiment("s", StickyBy.User, ROLLBACK, 10, 90));
    experiments.judged(
        List.of(new Verdict("pax-2024-q3", "s", "treatment-a", "slow", Instant.EPOCH)));

    assertThat(variants("acme", true)).containsExactly("control");

    serve(Given.experiment("s2", StickyBy.User, ROLLBACK, 10, 90));
    assertThat(variants("acme", true)).hasSize(2);
  }

  @Test
  void aVerdictOfAGuardThatOnlyAlertsMovesNobody() {
    serve(Given.experiment("s", StickyBy.User, ALERT, 50, 50));
    experiments.judged(
        List.of(new Verdict("pax-2024-q3", "s", "treatment-a", "slow", Instant.EPOCH)));

    assertThat(variants("acme", true)).hasSize(2);
  }

  @Test
  void otherPromptsAndOtherNamesHaveNoExperiment() {
    serve(Given.experiment("s", StickyBy.User, null, 50, 50));

    assertThat(experiments.assign("other", null, _ -> true, "acme", "key:1", null)).isNull();
    assertThat(experiments.assign("sql-fixer", "nope", _ -> true, "acme", "key:1", null)).isNull();
    assertThat(experiments.assign("sql-fixer", "pax-2024-q3", _ -> true, "acme", "key:1", null))
        .isNotNull();
  }
}
