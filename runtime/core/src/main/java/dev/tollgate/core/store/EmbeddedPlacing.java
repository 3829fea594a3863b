package dev.tollgate.core.store;

import dev.tollgate.core.tenancy.Placing;
import dev.tollgate.core.tenancy.TenantIds;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Places tenants on the embedded shards: the least loaded one, chosen once and kept for ever in the
 * platform database. A tenant that is created anew under the name of one whose data was kept (with
 * another UID) is refused until it says whose data it takes over.
 */
public final class EmbeddedPlacing implements Placing {

  /** Annotation that names the id of retained data to take over. */
  public static final String ADOPT = "tollgate.dev/adopt";

  private final Databases databases;
  private final String namespace;

  public EmbeddedPlacing(Databases databases, String namespace) {
    this.databases = databases;
    this.namespace = namespace;
  }

  @Override
  public Result place(Shared shared, Collection<Tenant> tenants) {
    Map<String, Placement> placed = new HashMap<>();
    Map<String, String> refused = new HashMap<>();
    try (var connection = databases.platform().getConnection()) {
      connection.setAutoCommit(false);
      var known = known(connection);
      Map<String, Integer> load = new HashMap<>();
      known.values().forEach(p -> load.merge(p.server(), 1, Integer::sum));
      for (var tenant : tenants) {
        var name = tenant.getMetadata().getName();
        var uid = tenant.getMetadata().getUid() == null ? "" : tenant.getMetadata().getUid();
        var row = known.get(name);
        if (row == null) {
          row = choose(shared, tenant, uid, load);
          if (row == null) {
            continue;
          }
          insert(connection, row);
        } else if (!row.uid().equals(uid)) {
          var annotations = tenant.getMetadata().getAnnotations();
          if (annotations == null || !row.tenantId().equals(annotations.get(ADOPT))) {
            refused.put(
                name,
                "The data of an earlier tenant of this name was kept; annotate this one with "
                    + ADOPT
                    + ": "
                    + row.tenantId()
                    + " to take it over, or choose another name.");
            continue;
          }
          adopt(connection, row.tenantId(), uid);
        }
        placed.put(name, row);
      }
      connection.commit();
      return new Result(placed, refused);
    } catch (SQLException e) {
      throw new StoreException("tenants could not be placed", e);
    }
  }

  private static @Nullable Placement choose(
      Shared shared, Tenant tenant, String uid, Map<String, Integer> load) {
    var plan = shared.plans().get(tenant.getSpec().plan());
    var pool = shared.shardPools().get(Placement.wantedPool(shared, tenant));
    if (plan == null || pool == null || pool.shardNames().isEmpty()) {
      return null;
    }
    var best = pool.shardNames().getFirst();
    for (var shard : pool.shardNames()) {
      if (load.getOrDefault(shard, 0) < load.getOrDefault(best, 0)) {
        best = shard;
      }
    }
    load.merge(best, 1, Integer::sum);
    var id = TenantIds.next();
    return new Placement(
        id, "", tenant.getMetadata().getName(), uid, pool.name(), Placement.on(best, id, plan));
  }

  private Map<String, Placement> known(Connection connection) throws SQLException {
    Map<String, Placement> known = new HashMap<>();
    try (var query =
        connection.prepareStatement(
            "SELECT tenant_id, name, uid, shard_pool, shard FROM placement WHERE namespace = ?"
                + " FOR UPDATE")) {
      query.setString(1, namespace);
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          known.put(
              rows.getString(2),
              new Placement(
                  rows.getString(1),
                  namespace,
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getString(5)));
        }
      }
    }
    return known;
  }

  private void insert(Connection connection, Placement row) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "INSERT INTO placement (tenant_id, namespace, name, uid, shard_pool, shard, created)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, row.tenantId());
      statement.setString(2, namespace);
      statement.setString(3, row.name());
      statement.setString(4, row.uid());
      statement.setString(5, row.shardPool());
      statement.setString(6, row.shard());
      statement.setLong(7, System.currentTimeMillis());
      statement.executeUpdate();
    }
  }

  private static void adopt(Connection connection, String tenantId, String uid)
      throws SQLException {
    try (var statement =
        connection.prepareStatement("UPDATE placement SET uid = ? WHERE tenant_id = ?")) {
      statement.setString(1, uid);
      statement.setString(2, tenantId);
      statement.executeUpdate();
    }
  }
}
