package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CreditDraft;
import dev.tollgate.billing.store.Intents;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Credit that the platform gives a tenant; metered usage is paid from it before anything else. */
public final class Credits {

  private final BillingEngine engine;
  private final Intents intents;

  public Credits(BillingEngine engine, Intents intents) {
    this.engine = engine;
    this.intents = intents;
  }

  /**
   * Gives it once.
   *
   * @param key of the grant: the same key never gives twice, whatever the other parameters
   * @param amount in millionths of the minor unit; whole steps of the currency
   * @return what the engine calls it
   */
  public String grant(
      Account account,
      String key,
      String name,
      String currency,
      long amount,
      @Nullable Instant expires) {
    if (amount <= 0 || amount % engine.step(currency) != 0) {
      throw new IllegalArgumentException(
          "a credit is a whole amount above zero that " + currency + " can be collected in");
    }
    var mark = "credit/" + key;
    var intent =
        intents.note(
            account.tenantId(),
            mark,
            () -> new CreditDraft(mark, account.customer(), name, currency, amount, expires));
    var draft = intent.body(CreditDraft.class);
    return intents.settle(
        intent,
        () -> engine.findCredit(draft.customer(), mark),
        i -> engine.createCredit(draft, i.key()));
  }
}
