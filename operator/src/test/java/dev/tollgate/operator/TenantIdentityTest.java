package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.access.ApiKey;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a tenant whose Secret or record somebody else has written or deleted. */
@NullUnmarked
class TenantIdentityTest {

  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    platform.apply(POOLS + PLAN);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void aConfigMapInTheWayOfARecordIsLeftAloneAndTold() {
    platform.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: acme-record}
        data: {tenant-id: mine, shard: mine, uid: mine}
        """);
    platform.apply(tenant("acme"));
    await("it is told", () -> accepted().equals("NameTaken"));
    assertThat(platform.condition("Tenant", "acme", "Accepted").message())
        .contains("ConfigMap acme-record", "delete it");
    assertThat(record().getData()).containsEntry("tenant-id", "mine");
    assertThat(platform.here().secrets().withName("acme-key").get()).isNull();
    platform.here().configMaps().withName("acme-record").delete();
    platform.restartOperator();
    await("it has a key", () -> accepted().equals("Accepted") && hash() != null);
  }

  @Test
  void aSecretInTheWayIsNamedWithWhatToDo() {
    platform.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: acme-key}
        stringData: {mine: content}
        """);
    platform.apply(tenant("acme"));
    await("it is told", () -> accepted().equals("SecretTaken"));
    assertThat(platform.condition("Tenant", "acme", "Accepted").message())
        .contains("Secret acme-key", "delete it");
    assertThat(platform.secret("acme-key", "mine")).isEqualTo("content");
    platform.here().secrets().withName("acme-key").delete();
    // as does the look that is taken again
    platform.restartOperator();
    await("it has a key", () -> accepted().equals("Accepted") && hash() != null);
  }

  @Test
  void aKeyThatIsNoneIsReplacedAndToldOf() {
    create();
    var before = status();
    for (var broken : new String[] {"hello", platform.secret("acme-key", "api-key") + "\n"}) {
      write("api-key", broken);
      await("there is a key", () -> ApiKey.parse(key()).isPresent());
      await("its hash is told", () -> ApiKey.hash(key()).equals(hash()));
      assertThat(hash()).isNotEqualTo(before.keyHash());
    }
    assertThat(status().id()).isEqualTo(before.id());
    assertThat(status().shard()).isEqualTo(before.shard());
    assertThat(platform.secret("acme-key", "tenant-id")).isEqualTo(before.id());
    await("it is told", () -> !platform.events("KeyReplaced").isEmpty());
    var event = platform.events("KeyReplaced").getFirst();
    assertThat(event.getType()).isEqualTo("Warning");
    assertThat(event.getNote()).contains("Secret acme-key", "A new key was put there");
  }

  @Test
  void anEditOfTheSecretMakesNoTenantAnotherOne() {
    create();
    var before = status();
    var key = key();
    write("tenant-id", "t-of-somebody-else");
    await(
        "the id is put right", () -> platform.secret("acme-key", "tenant-id").equals(before.id()));
    write("shard", "elsewhere");
    await("the shard too", () -> platform.secret("acme-key", "shard").equals(before.shard()));
    platform.restartOperatorAfter(() -> write("tenant-id", "t-of-somebody-else"));
    await(
        "after a restart too", () -> platform.secret("acme-key", "tenant-id").equals(before.id()));
    assertThat(key()).isEqualTo(key);
    assertThat(status()).isEqualTo(before);
    assertThat(record().getData()).containsEntry("tenant-id", before.id());
    await("it is told", () -> !platform.events("SecretMended").isEmpty());
    var event = platform.events("SecretMended").getFirst();
    assertThat(event.getType()).isEqualTo("Warning");
    assertThat(event.getNote()).contains("Secret acme-key", "put right");
  }

  @Test
  void aRecordThatWasDeletedIsPutBack() {
    create();
    var before = record().getData();
    platform.here().configMaps().withName("acme-record").delete();
    await("it is back", () -> record() != null);
    assertThat(record().getData()).isEqualTo(before);
    platform.restartOperatorAfter(
        () -> platform.here().configMaps().withName("acme-record").delete());
    await("it is back after a restart", () -> record() != null);
    assertThat(record().getData()).isEqualTo(before).containsEntry("tenant-id", status().id());
  }

  /** A backup has the record, and the Secret without its owner, whose UID is another one now. */
  @Test
  void aTenantThatIsRestoredIntoAnotherClusterHasItsKeyAgain() {
    create();
    var before = status();
    var key = key();
    var secret = platform.here().secrets().withName("acme-key");
    var saved = asSaved(secret.get()).build();
    var tenants = platform.here().resources(Tenant.class).withName("acme");
    tenants.delete();
    await("acme is gone", () -> tenants.get() == null);
    secret.delete();
    platform.client().resource(saved).inNamespace(platform.namespace()).create();
    platform.apply(tenant("acme"));
    await("the name is kept", () -> accepted().equals("NameRetained"));
    tenants.edit(restored -> {
      restored.getMetadata().setAnnotations(Map.of("tollgate.dev/adopt", before.id()));
      return restored;
    });
    await("it has its key", () -> before.keyHash().equals(hash()));
    assertThat(key()).isEqualTo(key);
    assertThat(status().id()).isEqualTo(before.id());
    assertThat(status().shard()).isEqualTo(before.shard());
    assertThat(secret.get().getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> assertThat(owner.getUid()).isEqualTo(tenants.get().getMetadata().getUid()));
  }

  @Test
  void aSecretOfAnotherTenantsIdIsNotTakenOver() {
    create();
    var before = status();
    var secret = platform.here().secrets().withName("acme-key");
    var other = asSaved(secret.get()).addToStringData("tenant-id", "t-of-somebody-else").build();
    secret.delete();
    await("there is a new one", () -> secret.get() != null && !before.keyHash().equals(hash()));
    platform.restartOperatorAfter(() -> {
      secret.delete();
      platform.client().resource(other).inNamespace(platform.namespace()).create();
    });
    await("it is told", () -> accepted().equals("SecretTaken"));
  }

  /** As a backup has it: without its owner, whose UID is another one when it is restored. */
  private static SecretBuilder asSaved(Secret secret) {
    return new SecretBuilder(secret)
        .editMetadata()
        .withOwnerReferences()
        .withResourceVersion(null)
        .withUid(null)
        .endMetadata();
  }

  private void create() {
    platform.apply(tenant("acme"));
    await("acme has a key", () -> hash() != null);
  }

  private void write(String key, String value) {
    platform
        .here()
        .secrets()
        .withName("acme-key")
        .edit(secret -> new SecretBuilder(secret).addToStringData(key, value).build());
  }

  private ConfigMap record() {
    return platform.here().configMaps().withName("acme-record").get();
  }

  private String key() {
    return platform.secret("acme-key", "api-key");
  }

  private String accepted() {
    return platform.condition("Tenant", "acme", "Accepted").reason();
  }

  private String hash() {
    return status() == null ? null : status().keyHash();
  }

  private TenantStatus status() {
    return platform.here().resources(Tenant.class).withName("acme").get().getStatus();
  }
}
