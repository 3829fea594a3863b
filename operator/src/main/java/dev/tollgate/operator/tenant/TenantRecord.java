package dev.tollgate.operator.tenant;

import dev.tollgate.core.tenancy.StrippedStore;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.Paging;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose data a name stands for: the ConfigMap {@code <tenant>-record}, written before anything is
 * made for a tenant. It has no owner, so it outlives the tenant as its data does, and goes only
 * when the data is removed.
 *
 * @param uid of the Tenant that the data belongs to
 */
record TenantRecord(String tenantId, String shard, String uid) {

  private static final String LABEL = "tollgate.dev/tenant-record";
  private static final String SUFFIX = "-record";
  private static final String ID = "tenant-id";
  private static final String SHARD = "shard";
  private static final String UID = "uid";

  /** The records there are; wakes a tenant whose record is deleted. */
  static InformerEventSource<ConfigMap, Tenant> events(EventSourceContext<Tenant> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(ConfigMap.class, Tenant.class)
            .withLabelSelector(LABEL + "=true")
            .withItemStore(new Names())
            .withInformerListLimit(Paging.PAGE)
            .withSecondaryToPrimaryMapper(TenantRecord::tenant)
            .withOnAddFilter(record -> false)
            .withOnUpdateFilter((now, before) -> false)
            .build(),
        context);
  }

  /** Of each record no more than that it is there, for they are many. */
  private static final class Names extends StrippedStore<ConfigMap> {

    @Override
    protected ConfigMap kept(ConfigMap record) {
      var meta = record.getMetadata();
      return new ConfigMapBuilder()
          .withNewMetadata()
          .withName(meta.getName())
          .withNamespace(meta.getNamespace())
          .withResourceVersion(meta.getResourceVersion())
          .endMetadata()
          .build();
    }

    @Override
    public boolean isFullState() {
      return false;
    }
  }

  private static Set<ResourceID> tenant(ConfigMap record) {
    var name = record.getMetadata().getName();
    return name.endsWith(SUFFIX)
        ? Set.of(
            new ResourceID(
                name.substring(0, name.length() - SUFFIX.length()),
                record.getMetadata().getNamespace()))
        : Set.of();
  }

  /** What is known of the tenant's name, or null. */
  static @Nullable TenantRecord read(KubernetesClient client, Tenant tenant) {
    var map = at(client, tenant).get();
    if (map == null || map.getData() == null || !isRecord(map)) {
      return null;
    }
    var id = map.getData().get(ID);
    var shard = map.getData().get(SHARD);
    var uid = map.getData().get(UID);
    return id == null || shard == null || uid == null ? null : new TenantRecord(id, shard, uid);
  }

  /** Whether somebody else's ConfigMap has the name. */
  static boolean isTaken(KubernetesClient client, Tenant tenant) {
    var map = at(client, tenant).get();
    return map != null && !isRecord(map);
  }

  private static boolean isRecord(ConfigMap map) {
    var labels = map.getMetadata().getLabels();
    return labels != null && "true".equals(labels.get(LABEL));
  }

  /**
   * Writes it; where another was quicker, that one's is the answer, and null where what has the
   * name is no record.
   */
  @Nullable TenantRecord write(KubernetesClient client, Tenant tenant) {
    var meta = tenant.getMetadata();
    var map =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(name(tenant))
            .withNamespace(meta.getNamespace())
            .withLabels(Map.of("app.kubernetes.io/managed-by", "tollgate", LABEL, "true"))
            .endMetadata()
            .withData(Map.of(ID, tenantId, SHARD, shard, UID, uid))
            .build();
    try {
      client.resource(map).create();
      return this;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return read(client, tenant);
    }
  }

  /** Says that the data belongs to this Tenant from now on. */
  TenantRecord adopt(KubernetesClient client, Tenant tenant) {
    var uid = tenant.getMetadata().getUid();
    at(client, tenant).edit(map -> new ConfigMapBuilder(map).addToData(UID, uid).build());
    return new TenantRecord(tenantId, shard, uid);
  }

  /** Forgets the name, once its data is gone. */
  static void remove(KubernetesClient client, Tenant tenant) {
    if (!isTaken(client, tenant)) {
      at(client, tenant).delete();
    }
  }

  static String name(Tenant tenant) {
    return tenant.getMetadata().getName() + SUFFIX;
  }

  private static Resource<ConfigMap> at(KubernetesClient client, Tenant tenant) {
    return client
        .configMaps()
        .inNamespace(tenant.getMetadata().getNamespace())
        .withName(name(tenant));
  }
}
