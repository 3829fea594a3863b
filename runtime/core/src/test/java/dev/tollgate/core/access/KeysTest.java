package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** How API keys live and end, as those see it who show them. */
@NullUnmarked
class KeysTest extends AccessFixture {

  @Test
  void keysRotateExpireAndAreRevoked() {
    var made = ring.create("tacme", "a", Set.of("*"), null);
    assertThat(tenant(made.secret())).isEqualTo("acme");
    var successor = ring.rotate("tacme", made.key().id(), null);
    assertThat(tenant(made.secret())).isEqualTo("acme");
    assertThat(tenant(successor.secret())).isEqualTo("acme");
    now.set(now.get().plus(KeyRing.GRACE).plusSeconds(1));
    assertThat(refusal(made.secret())).contains("expired");
    ring.revoke("tacme", successor.key().id());
    assertThat(refusal(successor.secret())).contains("revoked");
  }

  @Test
  void onlyALiveKeyHasASuccessor() {
    var revoked = ring.create("tacme", "a", Set.of("*"), null);
    ring.revoke("tacme", revoked.key().id());
    var expired = ring.create("tacme", "b", Set.of("*"), now.get().plusSeconds(60));
    now.set(now.get().plusSeconds(61));
    for (var made : List.of(revoked, expired)) {
      assertThatThrownBy(() -> ring.rotate("tacme", made.key().id(), null))
          .isInstanceOfSatisfying(
              KeyRing.Refused.class,
              refused -> assertThat(refused.problem().type()).isEqualTo("key-not-live"));
    }
    assertThat(refusal(revoked.secret())).contains("revoked");
    assertThat(refusal(expired.secret())).contains("expired");
    assertThat(ring.list("tacme")).hasSize(2);
  }

  @Test
  void rotatingDoesNotLengthenTheOldKeyAndTheSuccessorLivesAsLong() {
    var start = now.get();
    var hour = ring.create("tacme", "a", Set.of("*"), start.plusSeconds(3600));
    var week = ring.create("tacme", "b", Set.of("*"), start.plus(Duration.ofDays(7)));
    now.set(start.plusSeconds(3000));
    assertThat(ring.rotate("tacme", hour.key().id(), null).key().expires())
        .isEqualTo(now.get().plusSeconds(3600));
    assertThat(ring.rotate("tacme", week.key().id(), null).key().expires())
        .isEqualTo(now.get().plus(Duration.ofDays(7)));
    assertThat(ring.one("tacme", hour.key().id()).expires()).isEqualTo(start.plusSeconds(3600));
    assertThat(ring.one("tacme", week.key().id()).expires())
        .isEqualTo(now.get().plus(KeyRing.GRACE));
  }

  @Test
  void whoLostTheAnswerGetsAnotherSuccessorThatLivesAsLong() {
    var start = now.get();
    var week = ring.create("tacme", "a", Set.of("*"), start.plus(Duration.ofDays(7)));
    var ever = ring.create("tacme", "b", Set.of("*"), null);
    for (var made : List.of(week, ever)) {
      ring.rotate("tacme", made.key().id(), null);
    }
    now.set(start.plusSeconds(3600));
    assertThat(ring.rotate("tacme", week.key().id(), null).key().expires())
        .isEqualTo(now.get().plus(Duration.ofDays(7)));
    assertThat(ring.rotate("tacme", ever.key().id(), null).key().expires()).isNull();
    for (var made : List.of(week, ever)) {
      assertThat(ring.one("tacme", made.key().id()).expires()).isEqualTo(start.plus(KeyRing.GRACE));
    }
  }

  @Test
  void aSuccessorEndsNoLaterThanItMay() {
    var start = now.get();
    var latest = start.plusSeconds(7200);
    var hour = ring.create("tacme", "a", Set.of("*"), start.plusSeconds(3600));
    var week = ring.create("tacme", "b", Set.of("*"), start.plus(Duration.ofDays(7)));
    var ever = ring.create("tacme", "c", Set.of("*"), null);
    assertThat(ring.rotate("tacme", hour.key().id(), latest).key().expires())
        .isEqualTo(start.plusSeconds(3600));
    for (var longer : List.of(week, ever)) {
      assertThat(ring.rotate("tacme", longer.key().id(), latest).key().expires()).isEqualTo(latest);
    }
  }

  @Test
  void theFirstKeyInAClusterIsListedAndChangedOnlyThere() {
    var first = ApiKey.generate();
    var acme = manifests.tenants().get("acme");
    var placed = new Tenant();
    placed.setMetadata(acme.getMetadata());
    placed.setSpec(acme.getSpec());
    placed.setStatus(
        new TenantStatus(null, "tacme", "default-0", "acme-key", first.hash(), null, List.of()));
    serving.accept(Manifests.of(manifests.all().map(r -> r.equals(acme) ? placed : r).toList()));
    var made = ring.create("tacme", "mine", Set.of("*"), null);
    assertThat(ring.list("tacme"))
        .extracting(KeyRecord::label, KeyRecord::hash)
        .containsExactly(tuple("first", first.hash()), tuple("mine", made.key().hash()));
    assertThatThrownBy(() -> ring.revoke("tacme", ApiKey.id(first.hash())))
        .isInstanceOfSatisfying(
            KeyRing.Refused.class,
            refused -> assertThat(refused.problem().type()).isEqualTo("first-key"));
    assertThat(tenant(first.secret())).isEqualTo("acme");
  }

  @Test
  void aKeyThatCannotBeLookedUpYetIsNotRefusedForGood() throws Exception {
    var store = new MapKeyStore();
    var made = ApiKey.generate();
    store.put(new KeyRecord("tacme", made.hash(), "made", Scopes.ALL, Instant.EPOCH, null, false));
    store.away = true;
    try (var late = new KeyRing(store, serving, now::get)) {
      authenticator = new BearerAuthenticator(late, verifier);
      var problem = problem(made.secret());
      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.type()).isEqualTo("store-unavailable");
      assertThat(problem.headers()).containsEntry("Retry-After", "5");
      assertThat(problem(made.secret() + "0").status()).as("a key that is mistyped").isEqualTo(401);
      store.away = false;
      for (int i = 0; i < 100 && !late.isRead(); i++) {
        Thread.sleep(50);
      }
      assertThat(answer(made.secret())).isInstanceOf(Authentication.Granted.class);
      store.away = true;
      assertThat(answer(made.secret())).isInstanceOf(Authentication.Granted.class);
      assertThat(problem(ApiKey.generate().secret()).status())
          .as("what was read before goes on to be all there is")
          .isEqualTo(401);
    }
  }
}
