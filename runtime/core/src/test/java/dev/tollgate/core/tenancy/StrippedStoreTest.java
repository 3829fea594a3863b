package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import org.junit.jupiter.api.Test;

class StrippedStoreTest {

  private static final String APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private static Secret secret() {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("n")
        .withName("s")
        .addToAnnotations(APPLIED, "{}")
        .addToAnnotations("own", "kept")
        .withManagedFields(new ManagedFieldsEntry())
        .endMetadata()
        .addToStringData("a", "b")
        .build();
  }

  private static void assertStripped(Secret secret) {
    assertThat(secret.getMetadata().getManagedFields()).isNullOrEmpty();
    assertThat(secret.getMetadata().getAnnotations()).containsOnlyKeys("own");
  }

  @Test
  void whatNobodyReadsIsDroppedFromTheItemItself() {
    var store = new StrippedStore<Secret>();
    var secret = secret();
    assertThat(store.put(store.getKey(secret), secret)).isNull();
    assertStripped(secret);
    assertThat(store.get("n/s")).isSameAs(secret);
    assertThat(secret.getStringData()).containsEntry("a", "b");
  }

  @Test
  void aStoreThatKeepsLessDropsItFromTheItemToo() {
    var store =
        new StrippedStore<Secret>() {
          @Override
          protected Secret kept(Secret secret) {
            return new SecretBuilder(secret).withStringData(null).build();
          }
        };
    var secret = secret();
    var _ = store.put(store.getKey(secret), secret);
    assertStripped(secret);
    assertThat(secret.getStringData()).containsEntry("a", "b");
    assertThat(store.values())
        .singleElement()
        .satisfies(kept -> {
          assertStripped(kept);
          assertThat(kept.getStringData()).isNullOrEmpty();
        });
  }
}
