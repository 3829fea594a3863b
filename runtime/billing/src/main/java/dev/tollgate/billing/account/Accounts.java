package dev.tollgate.billing.account;

import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.store.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Accounts and their cycles, in the platform database. */
public final class Accounts {

  private static final String ACCOUNT =
      "SELECT tenant_id, customer, subscription, subscribed_at, terms, next_terms, trial_until,"
          + " ending, missing_since, payment_method, charged_method, shard"
          + " FROM billing_account";
  private static final String CYCLE =
      "SELECT tenant_id, cycle, subscription, starts, ends, terms, past, state, invoice"
          + " FROM billing_cycle";

  private final BillingStore store;

  public Accounts(BillingStore store) {
    this.store = store;
  }

  public Optional<Account> of(String tenantId) {
    return store.transaction(sql -> of(sql, tenantId));
  }

  public Optional<Account> of(Sql sql, String tenantId) throws SQLException {
    return sql.first(ACCOUNT + " WHERE tenant_id = ?", Accounts::account, tenantId);
  }

  public List<Account> all() {
    return store.transaction(sql -> sql.list(ACCOUNT, Accounts::account));
  }

  /** Whose customer it is. */
  public Optional<String> tenantOf(Sql sql, String customer) throws SQLException {
    return sql.first(
        "SELECT tenant_id FROM billing_account WHERE customer = ?",
        row -> row.getString(1),
        customer);
  }

  /** Keeps others from writing what a tenant owes until the transaction ends. */
  public static void lock(Sql sql, String tenantId) throws SQLException {
    var _ =
        sql.first(
            "SELECT tenant_id FROM billing_account WHERE tenant_id = ? FOR UPDATE",
            row -> row.getString(1),
            tenantId);
  }

  /** A cycle as it is now; nobody else writes it until the transaction ends. */
  public static BilledCycle lock(Sql sql, BilledCycle cycle) throws SQLException {
    return sql.first(
            CYCLE + " WHERE tenant_id = ? AND cycle = ? FOR UPDATE",
            Accounts::cycle,
            cycle.tenantId(),
            cycle.cycle())
        .orElseThrow();
  }

  /** Notes the customer; a known account stays as it is. */
  void opened(String tenantId, String customer, @Nullable Instant trialUntil) {
    store.transaction(sql ->
        sql.update(
            "INSERT IGNORE INTO billing_account (tenant_id, customer, trial_until, ending)"
                + " VALUES (?, ?, ?, FALSE)",
            tenantId,
            customer,
            trialUntil == null ? null : trialUntil.toEpochMilli()));
  }

  /** Notes a subscription. */
  static void subscribed(Sql sql, String tenantId, String subscription, Instant at, Terms terms)
      throws SQLException {
    sql.update(
        "UPDATE billing_account SET subscription = ?, subscribed_at = ?, terms = ?,"
            + " next_terms = NULL, ending = FALSE, charged_method = NULL WHERE tenant_id = ?",
        subscription,
        at.toEpochMilli(),
        BillingStore.json(terms),
        tenantId);
  }

  /** The subscription has come to its end. */
  void unsubscribed(String tenantId) {
    store.transaction(sql ->
        sql.update(
            "UPDATE billing_account SET subscription = NULL, terms = NULL, next_terms = NULL,"
                + " ending = FALSE WHERE tenant_id = ?",
            tenantId));
  }

  void planned(String tenantId, @Nullable Terms next, boolean ending) {
    store.transaction(sql ->
        sql.update(
            "UPDATE billing_account SET next_terms = ?, ending = ? WHERE tenant_id = ?",
            next == null ? null : BillingStore.json(next),
            ending,
            tenantId));
  }

  /** A customer has left a payment method; it is charged from the worker's next round on. */
  public void pays(Sql sql, String customer, String paymentMethod) throws SQLException {
    sql.update(
        "UPDATE billing_account SET payment_method = ? WHERE customer = ?",
        paymentMethod,
        customer);
  }

  void charged(String tenantId, String paymentMethod) {
    store.transaction(sql ->
        sql.update(
            "UPDATE billing_account SET charged_method = ? WHERE tenant_id = ?",
            paymentMethod,
            tenantId));
  }

  /** Notes which shard has the tenant's ledger. */
  public void placed(String tenantId, String shard) {
    store.transaction(sql ->
        sql.update("UPDATE billing_account SET shard = ? WHERE tenant_id = ?", shard, tenantId));
  }

  void missing(String tenantId, @Nullable Instant since) {
    store.transaction(sql ->
        sql.update(
            "UPDATE billing_account SET missing_since = ? WHERE tenant_id = ?",
            since == null ? null : since.toEpochMilli(),
            tenantId));
  }

  /** Begins a cycle, with the terms that were planned for it; a known one stays. */
  void begin(BilledCycle cycle) {
    store.transaction(sql -> {
      boolean begun = add(sql, cycle);
      if (begun) {
        sql.update(
            "UPDATE billing_account SET terms = ?, next_terms = NULL WHERE tenant_id = ?",
            BillingStore.json(cycle.terms()),
            cycle.tenantId());
      }
      return begun;
    });
  }

  /** Notes a cycle that went by without a subscription; a known one stays. */
  public void missed(BilledCycle cycle) {
    store.transaction(sql -> add(sql, cycle));
  }

  private static boolean add(Sql sql, BilledCycle cycle) throws SQLException {
    return sql.update(
            "INSERT IGNORE INTO billing_cycle (tenant_id, cycle, subscription, starts, ends,"
                + " terms, past, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            cycle.tenantId(),
            cycle.cycle(),
            cycle.subscription(),
            cycle.starts().toEpochMilli(),
            cycle.ends().toEpochMilli(),
            BillingStore.json(cycle.terms()),
            BillingStore.json(cycle.history()),
            cycle.state().name())
        == 1;
  }

  /** Other terms hold in the rest of a cycle. */
  public void changed(Sql sql, BilledCycle cycle, Terms terms, History history)
      throws SQLException {
    sql.update(
        "UPDATE billing_cycle SET terms = ?, past = ? WHERE tenant_id = ? AND cycle = ?",
        BillingStore.json(terms),
        BillingStore.json(history),
        cycle.tenantId(),
        cycle.cycle());
    sql.update(
        "UPDATE billing_account SET terms = ?, next_terms = NULL WHERE tenant_id = ?",
        BillingStore.json(terms),
        cycle.tenantId());
  }

  /** Cycles that ended after a moment, or still run; the oldest first. */
  public List<BilledCycle> cycles(String tenantId, Instant endedAfter) {
    return store.transaction(sql ->
        sql.list(
            CYCLE + " WHERE tenant_id = ? AND ends > ? ORDER BY cycle",
            Accounts::cycle,
            tenantId,
            endedAfter.toEpochMilli()));
  }

  public Optional<BilledCycle> cycle(String tenantId, String cycle) {
    return store.transaction(sql ->
        sql.first(CYCLE + " WHERE tenant_id = ? AND cycle = ?", Accounts::cycle, tenantId, cycle));
  }

  private static Account account(ResultSet row) throws SQLException {
    return new Account(
        row.getString("tenant_id"),
        row.getString("customer"),
        row.getString("subscription"),
        BillingStore.instant(row, "subscribed_at"),
        terms(row.getString("terms")),
        terms(row.getString("next_terms")),
        BillingStore.instant(row, "trial_until"),
        row.getBoolean("ending"),
        BillingStore.instant(row, "missing_since"),
        row.getString("payment_method"),
        row.getString("charged_method"),
        row.getString("shard"));
  }

  private static @Nullable Terms terms(@Nullable String json) {
    return json == null ? null : BillingStore.value(json, Terms.class);
  }

  private static History history(@Nullable String json) {
    return json == null ? History.NONE : BillingStore.value(json, History.class);
  }

  private static BilledCycle cycle(ResultSet row) throws SQLException {
    return new BilledCycle(
        row.getString("tenant_id"),
        row.getString("cycle"),
        row.getString("subscription"),
        Objects.requireNonNull(BillingStore.instant(row, "starts")),
        Objects.requireNonNull(BillingStore.instant(row, "ends")),
        BillingStore.value(row.getString("terms"), Terms.class),
        history(row.getString("past")),
        BilledCycle.State.valueOf(row.getString("state")),
        row.getString("invoice"));
  }
}
