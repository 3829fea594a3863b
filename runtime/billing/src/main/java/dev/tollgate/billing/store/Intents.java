package dev.tollgate.billing.store;

import dev.tollgate.billing.engine.EngineException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Effects in the engine that happen exactly once. Each is noted with its parameters first, then
 * asked for under a key of its own, then noted as done; whoever finds one that is not done asks
 * again under the same key. A key is only good for a day: after that the effect is looked for
 * before it is asked for anew.
 */
public final class Intents {

  /** Shorter than the day for which Stripe keeps keys. */
  static final Duration KEY_LIFE = Duration.ofHours(20);

  private static final String COLUMNS =
      "SELECT tenant_id, id, body, attempt, begun, external_id, done FROM billing_intent";

  private final BillingStore store;
  private final InstantSource clock;

  public Intents(BillingStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Asks the engine under a key. */
  public interface Make {
    String make(Intent intent);
  }

  /** Notes an effect, in the transaction of what it follows from; an earlier note stays. */
  public void note(Sql sql, String tenantId, String id, Object body) throws SQLException {
    note(sql, tenantId, id, body, 0);
  }

  /**
   * The same, of an effect that reports usage.
   *
   * @param units of the ledger that it reports
   */
  public void note(Sql sql, String tenantId, String id, Object body, long units)
      throws SQLException {
    sql.update(
        "INSERT IGNORE INTO billing_intent (tenant_id, id, body, units, attempt, begun)"
            + " VALUES (?, ?, ?, ?, 1, ?)",
        tenantId,
        id,
        BillingStore.json(body),
        units,
        clock.millis());
  }

  /** Notes an effect by itself, and gives back the note that counts. */
  public Intent note(String tenantId, String id, Supplier<Object> body) {
    var known = find(tenantId, id);
    if (known.isPresent()) {
      return known.get();
    }
    var value = body.get();
    return store.transaction(sql -> {
      note(sql, tenantId, id, value);
      return find(sql, tenantId, id).orElseThrow();
    });
  }

  public Optional<Intent> find(String tenantId, String id) {
    return store.transaction(sql -> find(sql, tenantId, id));
  }

  public Optional<Intent> find(Sql sql, String tenantId, String id) throws SQLException {
    return sql.first(COLUMNS + " WHERE tenant_id = ? AND id = ?", Intents::read, tenantId, id);
  }

  /** Those of a tenant that are not done and whose id begins so, in the order they were noted. */
  public List<Intent> open(String tenantId, String prefix) {
    return store.transaction(sql ->
        sql.list(
            COLUMNS + " WHERE tenant_id = ? AND done IS NULL AND id LIKE ? ORDER BY begun, id",
            Intents::read,
            tenantId,
            prefix + "%"));
  }

  /** Tenants of whom an effect is noted and not done. */
  public Set<String> tenantsWith(String id) {
    return store.transaction(sql ->
        Set.copyOf(
            sql.list(
                "SELECT tenant_id FROM billing_intent WHERE done IS NULL AND id = ?",
                row -> row.getString(1),
                id)));
  }

  /** All of a tenant whose id begins so, the newest first. */
  public List<Intent> of(Sql sql, String tenantId, String prefix) throws SQLException {
    return sql.list(
        COLUMNS + " WHERE tenant_id = ? AND id LIKE ? ORDER BY begun DESC, id",
        Intents::read,
        tenantId,
        prefix + "%");
  }

  public List<Intent> of(String tenantId, String prefix) {
    return store.transaction(sql -> of(sql, tenantId, prefix));
  }

  /**
   * Units that a tenant's effects report.
   *
   * @param all of every one, also of those in doubt
   * @param old of those that are done and were noted before a moment
   */
  public record Units(long all, long old) {}

  /** Sums up the effects whose id begins so. */
  public Units units(Sql sql, String tenantId, String prefix, Instant before) throws SQLException {
    return sql.first(
            "SELECT COALESCE(SUM(units), 0),"
                + " COALESCE(SUM(CASE WHEN done IS NOT NULL AND begun < ? THEN units ELSE 0 END), 0)"
                + " FROM billing_intent WHERE tenant_id = ? AND id LIKE ?",
            row -> new Units(row.getLong(1), row.getLong(2)),
            before.toEpochMilli(),
            tenantId,
            prefix + "%")
        .orElseThrow();
  }

  /** How many reports of usage, of all tenants, are not known to have arrived. */
  public long openReports() {
    return store.transaction(sql ->
        sql.first(
                "SELECT COUNT(*) FROM billing_intent WHERE done IS NULL AND units > 0",
                row -> row.getLong(1))
            .orElse(0L));
  }

  /** Forgets reports that were done before a moment; their cycles are long closed. */
  public int forget(Instant before) {
    return store.transaction(sql ->
        sql.update(
            "DELETE FROM billing_intent WHERE units > 0 AND done < ?", before.toEpochMilli()));
  }

  /**
   * Brings it about, unless it is done already.
   *
   * @param find looks for the effect; asked when it may be there though no answer told so
   * @return what the engine calls it
   */
  public String settle(Intent intent, Supplier<Optional<String>> find, Make make) {
    if (intent.done()) {
      return Objects.requireNonNull(intent.externalId());
    }
    var current = intent;
    if (intent.begun().plus(KEY_LIFE).isBefore(clock.instant())) {
      var there = find.get();
      if (there.isPresent()) {
        return done(intent, there.get());
      }
      current = again(intent);
    }
    try {
      return done(current, make.make(current));
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.KEY_SPENT) {
        throw e;
      }
      var there = find.get();
      if (there.isPresent()) {
        return done(current, there.get());
      }
      var next = again(current);
      return done(next, make.make(next));
    }
  }

  private String done(Intent intent, String externalId) {
    return store.transaction(sql -> {
      done(sql, intent, externalId);
      return externalId;
    });
  }

  /** Notes that it is done, or that it is no longer wanted. */
  public void done(Sql sql, Intent intent, String externalId) throws SQLException {
    sql.update(
        "UPDATE billing_intent SET external_id = ?, done = ? WHERE tenant_id = ? AND id = ?",
        externalId,
        clock.millis(),
        intent.tenantId(),
        intent.id());
  }

  /** Forgets an effect that did not come about. */
  public void drop(Intent intent) {
    store.transaction(sql ->
        sql.update(
            "DELETE FROM billing_intent WHERE tenant_id = ? AND id = ? AND done IS NULL",
            intent.tenantId(),
            intent.id()));
  }

  private Intent again(Intent intent) {
    return store.transaction(sql -> {
      sql.update(
          "UPDATE billing_intent SET attempt = ?, begun = ? WHERE tenant_id = ? AND id = ?"
              + " AND attempt = ?",
          intent.attempt() + 1,
          clock.millis(),
          intent.tenantId(),
          intent.id(),
          intent.attempt());
      return find(sql, intent.tenantId(), intent.id()).orElseThrow();
    });
  }

  private static Intent read(ResultSet row) throws SQLException {
    return new Intent(
        row.getString("tenant_id"),
        row.getString("id"),
        row.getString("body"),
        row.getInt("attempt"),
        Objects.requireNonNull(BillingStore.instant(row, "begun")),
        row.getString("external_id"),
        BillingStore.instant(row, "done") != null);
  }
}
