package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CreditDraft;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Credit that the platform gives a tenant; metered usage is paid from it before anything else. What
 * was noted is given, whether who asked for it still waits or not.
 */
public final class Credits {

  private static final String CREDIT = "credit/";

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
   * @throws EngineException when it is not known to be given; it is, a minute later, unless the
   *     engine refused it
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
    var mark = CREDIT + key;
    var intent =
        intents.note(
            account.tenantId(),
            mark,
            () -> new CreditDraft(mark, account.customer(), name, currency, amount, expires));
    return settle(intent);
  }

  /** Gives what was noted and is not known to be given. */
  public void settle(String tenantId) {
    for (var intent : intents.open(tenantId, CREDIT)) {
      settle(intent);
    }
  }

  /** A credit that the engine refuses is not noted any more: its key can be used for another. */
  private String settle(Intent intent) {
    var draft = intent.body(CreditDraft.class);
    try {
      return intents.settle(
          intent,
          () -> engine.findCredit(draft.customer(), draft.mark()),
          i -> engine.createCredit(draft, i.key()));
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.REFUSED
          && engine.findCredit(draft.customer(), draft.mark()).isEmpty()) {
        intents.drop(intent);
      }
      throw e;
    }
  }
}
