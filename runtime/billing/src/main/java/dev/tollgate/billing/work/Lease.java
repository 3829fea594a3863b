package dev.tollgate.billing.work;

import dev.tollgate.billing.store.BillingStore;
import java.time.Duration;
import java.time.InstantSource;

/**
 * A row that says which replica does a work. It keeps work from being done twice for nothing; that
 * nothing is billed twice does not hang on it.
 */
final class Lease {

  static final Duration LENGTH = Duration.ofMinutes(2);

  private final BillingStore store;
  private final String name;
  private final String holder;
  private final InstantSource clock;

  /**
   * @param holder this process, and no other ever
   */
  Lease(BillingStore store, String name, String holder, InstantSource clock) {
    this.store = store;
    this.name = name;
    this.holder = holder;
    this.clock = clock;
  }

  /** Takes or renews it; false while another holds it. */
  boolean held() {
    long now = clock.millis();
    return store.transaction(sql -> {
      sql.update(
          "INSERT IGNORE INTO platform_lease (name, holder, until_at) VALUES (?, '', 0)", name);
      return sql.update(
              "UPDATE platform_lease SET holder = ?, until_at = ?"
                  + " WHERE name = ? AND (holder = ? OR until_at < ?)",
              holder,
              now + LENGTH.toMillis(),
              name,
              holder,
              now)
          == 1;
    });
  }

  /** Lets another take it at once. */
  void release() {
    store.transaction(sql ->
        sql.update(
            "UPDATE platform_lease SET until_at = 0 WHERE name = ? AND holder = ?", name, holder));
  }
}
