package dev.tollgate.operator.tenant;

import dev.tollgate.core.tenancy.TenantIds;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.InTheWay;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.resolution.Surroundings;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who the tenants are: reads it from their Secrets, makes it where there is nothing yet, and puts
 * back what somebody deleted or spoilt. Entered by the controller's threads.
 */
final class Identities {

  /** Names the id of retained data that a re-created tenant takes over. */
  private static final String ADOPT = "tollgate.dev/adopt";

  private static final String TAKEN = "SecretTaken";
  private static final String PENDING = "Pending";

  private final Surroundings around;
  private final Placements placements;

  Identities(Surroundings around, Placements placements) {
    this.around = around;
    this.placements = placements;
  }

  /** Whether a Secret or record is in the way of which nobody tells when it goes. */
  static boolean awaitsName(List<Finding> findings) {
    return findings.stream()
        .map(Finding::reason)
        .anyMatch(Set.of(TAKEN, InTheWay.NAME_TAKEN, PENDING)::contains);
  }

  /** Nothing in the Secret of an earlier tenant of this name, which is about to go. */
  @Nullable Identity known(Tenant tenant, Context<Tenant> context) {
    var secret = context.getSecondaryResource(Secret.class).orElse(null);
    var found = secret == null || !isOf(tenant, secret) ? null : Identity.read(secret);
    return found == null || found.isIn(tenant.getStatus()) ? found : checked(tenant, found);
  }

  /**
   * An edit of the Secret makes no tenant another one: it is who its record says, or its status.
   */
  private Identity checked(Tenant tenant, Identity found) {
    var uid = tenant.getMetadata().getUid();
    var record = TenantRecord.read(around.client(), tenant);
    var right = record != null && record.uid().equals(uid) ? record : ofStatus(tenant);
    if (right == null || found.is(right.tenantId(), right.shard())) {
      return found;
    }
    secret(tenant)
        .edit(secret ->
            new SecretBuilder(secret)
                .addToData(Identity.where(right.tenantId(), right.shard()))
                .build());
    around
        .events()
        .warn(
            tenant,
            "SecretMended",
            "Secret "
                + Identity.secretName(tenant)
                + " named another tenant's id or shard than this tenant has, as after an edit; they"
                + " were put right, and the key stays.");
    return new Identity(right.tenantId(), right.shard(), found.keyHash());
  }

  private static @Nullable TenantRecord ofStatus(Tenant tenant) {
    var status = tenant.getStatus();
    return status == null || status.id() == null || status.shard() == null
        ? null
        : new TenantRecord(status.id(), status.shard(), tenant.getMetadata().getUid());
  }

  /** Reads the identity, or makes it; a finding where the name stands for another's data. */
  @Nullable Identity of(Tenant tenant, Context<Tenant> context, List<Finding> findings) {
    var name = tenant.getMetadata().getName();
    var found = known(tenant, context);
    if (found != null) {
      placements.known(name, found.shard());
      if (context.getSecondaryResource(ConfigMap.class).isEmpty()) {
        keepRecord(tenant, found);
      }
      return found;
    }
    var record = record(tenant, findings);
    if (record == null) {
      return null;
    }
    placements.known(name, record.shard());
    var secret = Identity.secret(tenant, record.tenantId(), record.shard());
    try {
      return Identity.read(around.client().resource(secret).create());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return inTheWay(tenant, record, findings);
      }
      throw e;
    }
  }

  /** The record outlives the tenant; without it a tenant made anew would lose the data. */
  private void keepRecord(Tenant tenant, Identity identity) {
    if (TenantRecord.read(around.client(), tenant) == null) {
      var uid = tenant.getMetadata().getUid();
      var _ =
          new TenantRecord(identity.tenantId(), identity.shard(), uid)
              .write(around.client(), tenant);
    }
  }

  private static boolean isOf(Tenant tenant, Secret secret) {
    var uid = tenant.getMetadata().getUid();
    return secret.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> owner.getUid().equals(uid));
  }

  /** What is made of a Secret that has the name already. */
  private @Nullable Identity inTheWay(Tenant tenant, TenantRecord record, List<Finding> findings) {
    var where = secret(tenant);
    var secret = where.get();
    if (secret == null) {
      return null;
    }
    if (!isOf(tenant, secret)) {
      if (!isRestored(secret, record)) {
        findings.add(taken(tenant, secret));
        return null;
      }
      secret = where.edit(found -> owned(tenant, found));
    }
    var identity = Identity.read(secret);
    return identity == null ? mended(tenant, where, record) : checked(tenant, identity);
  }

  /** Whether it is this tenant's from a backup, which another Tenant of the name owned. */
  private static boolean isRestored(Secret secret, TenantRecord record) {
    var labels = secret.getMetadata().getLabels();
    var identity = Identity.read(secret);
    return secret.getMetadata().getOwnerReferences().isEmpty()
        && labels != null
        && "true".equals(labels.get(Identity.LABEL))
        && identity != null
        && identity.tenantId().equals(record.tenantId());
  }

  private static Secret owned(Tenant tenant, Secret secret) {
    return new SecretBuilder(secret)
        .editMetadata()
        .withOwnerReferences(Owner.of(tenant))
        .endMetadata()
        .build();
  }

  private static Finding taken(Tenant tenant, Secret secret) {
    var name = tenant.getMetadata().getName();
    var earlier =
        secret.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> owner.getKind().equals("Tenant") && owner.getName().equals(name));
    return new Finding(
        "Tenant",
        name,
        "Accepted",
        earlier ? PENDING : TAKEN,
        earlier
            ? "Secret %s of an earlier tenant of this name is about to go."
                .formatted(Identity.secretName(tenant))
            : "Secret %s, where the tenant's first key goes, is there and is not this tenant's; delete it, or give the tenant another name."
                .formatted(Identity.secretName(tenant)),
        "metadata.name");
  }

  /** Whoever spoilt the Secret has thrown the former key away: nobody else has it. */
  private @Nullable Identity mended(Tenant tenant, Resource<Secret> where, TenantRecord record) {
    var anew = Identity.secret(tenant, record.tenantId(), record.shard()).getData();
    var written = where.edit(spoilt -> new SecretBuilder(spoilt).addToData(anew).build());
    around
        .events()
        .warn(
            tenant,
            "KeyReplaced",
            "What was in Secret "
                + Identity.secretName(tenant)
                + " was no API key: a part was missing, or its form or checksum was wrong, as after"
                + " an edit. A new key was put there; the former one is no longer good.");
    return Identity.read(written);
  }

  private Resource<Secret> secret(Tenant tenant) {
    return around
        .client()
        .secrets()
        .inNamespace(tenant.getMetadata().getNamespace())
        .withName(Identity.secretName(tenant));
  }

  /** What the name stands for, made when it stands for nothing yet; null when that cannot be. */
  private @Nullable TenantRecord record(Tenant tenant, List<Finding> findings) {
    var meta = tenant.getMetadata();
    var made = newRecord(tenant);
    var known =
        made == null
            ? TenantRecord.read(around.client(), tenant)
            : made.write(around.client(), tenant);
    if (known == null && TenantRecord.isTaken(around.client(), tenant)) {
      findings.add(
          new Finding(
              "Tenant",
              meta.getName(),
              "Accepted",
              InTheWay.NAME_TAKEN,
              "ConfigMap "
                  + TenantRecord.name(tenant)
                  + ", where it is kept whose data the name stands for, is there and is not the"
                  + " operator's; delete it, or give the tenant another name.",
              "metadata.name"));
    }
    if (known == null || known.uid().equals(meta.getUid())) {
      return known;
    }
    var adopted = meta.getAnnotations() == null ? null : meta.getAnnotations().get(ADOPT);
    if (known.tenantId().equals(adopted)) {
      return known.adopt(around.client(), tenant);
    }
    placements.forget(meta.getName());
    findings.add(
        new Finding(
            "Tenant",
            meta.getName(),
            "Accepted",
            "NameRetained",
            "The data of an earlier tenant of this name was kept; annotate this one with "
                + ADOPT
                + ": "
                + known.tenantId()
                + " to take it over, or choose another name.",
            "metadata.name"));
    return null;
  }

  private @Nullable TenantRecord newRecord(Tenant tenant) {
    var meta = tenant.getMetadata();
    var shared = around.resolution().shared();
    var plan = shared.plans().get(tenant.getSpec().plan());
    var pool = shared.shardPools().get(Placement.wantedPool(shared, tenant));
    if (plan == null || pool == null || pool.shardNames().isEmpty()) {
      return null;
    }
    var placed = tenant.getStatus() != null && tenant.getStatus().shard() != null;
    var holder = shared.disks().of(pool.name());
    if (!placed && holder != null && !holder.equals(Placement.wantedGatewayPool(shared, tenant))) {
      return null; // the resolver tells that its data would be elsewhere
    }
    // the record may have been lost alone, and the status be as it was
    var status = tenant.getStatus();
    var id = status != null && status.id() != null ? status.id() : TenantIds.next();
    var shard =
        status != null && status.shard() != null
            ? status.shard()
            : Placement.on(placements.choose(meta.getName(), pool.shardNames()), id, plan);
    return new TenantRecord(id, shard, meta.getUid());
  }
}
