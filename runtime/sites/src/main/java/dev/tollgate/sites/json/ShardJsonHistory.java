package dev.tollgate.sites.json;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.store.TenantScope;
import io.micronaut.data.exceptions.DataAccessException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * History in the table {@code json_history} of the shard that holds the tenant. Each statement
 * stands for itself: nothing needs a transaction, since a row too many or too few after a crash is
 * put right by the next operation.
 */
@Singleton
final class ShardJsonHistory implements JsonHistory {
  /** Replicas that add at the same moment choose the same number; all but one try again. */
  private static final int ATTEMPTS = 30;

  /** As wide as the column; INSERT IGNORE would cut off what is longer. */
  private static final int MAX_TENANT_ID = 128;

  private final TenantScope tenants;
  private final OperationRows rows;

  ShardJsonHistory(TenantScope tenants, OperationRows rows) {
    this.tenants = tenants;
    this.rows = rows;
  }

  @Override
  public void add(String tenantId, Operation operation) {
    if (tenantId.length() > MAX_TENANT_ID) {
      throw new IllegalArgumentException(
          "a tenant's id has at most %d characters, not %d"
              .formatted(MAX_TENANT_ID, tenantId.length()));
    }
    var failure = "cannot add to the JSON history of tenant " + tenantId;
    try {
      tenants.of(
          tenantId,
          failure,
          () -> {
            var seq = insert(tenantId, operation);
            rows.deleteBySeqLessThanEquals(seq - KEPT);
            return seq;
          });
    } catch (StoreException e) {
      throw new UncheckedIOException(new IOException(failure, e));
    }
  }

  @Override
  public List<Operation> last(String tenantId) {
    var failure = "cannot read the JSON history of tenant " + tenantId;
    try {
      return tenants.of(tenantId, failure, rows::findTop50OrderBySeqDesc).stream()
          .map(row ->
              new Operation(
                  row.kind(), row.size(), Instant.ofEpochMilli(row.atMillis()), row.outcome()))
          .toList();
    } catch (StoreException e) {
      throw new UncheckedIOException(new IOException(failure, e));
    }
  }

  private long insert(String tenantId, Operation operation) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      long seq = rows.findMaxSeq().orElse(0L) + 1;
      if (inserted(tenantId, seq, operation)) {
        return seq;
      }
      waitALittle(attempt);
    }
    throw new StoreException("others took the next number " + ATTEMPTS + " times in a row", null);
  }

  /** Whether the number was still free. */
  private boolean inserted(String tenantId, long seq, Operation operation) {
    try {
      return rows.insertIfFree(
              tenantId,
              seq,
              operation.kind(),
              operation.size(),
              operation.at().toEpochMilli(),
              operation.outcome())
          == 1;
    } catch (DataAccessException e) {
      // H2 may still say so in a race, and MariaDB may choose this one in a deadlock
      if (e.getCause() instanceof SQLIntegrityConstraintViolationException
          || e.getCause() instanceof SQLTransactionRollbackException) {
        return false;
      }
      throw e;
    }
  }

  private static void waitALittle(int attempt) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(1, 2L + attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while waiting to try again", e);
    }
  }
}
