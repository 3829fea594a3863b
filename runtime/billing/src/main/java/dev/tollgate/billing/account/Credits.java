package dev.tollgate.billing.account;

import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CreditDraft;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.Intent;
import dev.tollgate.billing.store.Intents;
import dev.tollgate.crd.view.TenantView;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Credit that the platform gives a tenant; metered usage is paid from it before anything else. What
 * was noted is given, whether who asked for it still waits or not.
 */
public final class Credits {

  private static final String CREDIT = "credit/";
  private static final int KEY_LENGTH = 100;
  private static final int NAME_LENGTH = 100;

  private final BillingEngine engine;
  private final Intents intents;
  private final Function<String, Optional<TenantView>> tenants;

  /**
   * @param tenants by id, as they are served now
   */
  public Credits(
      BillingEngine engine, Intents intents, Function<String, Optional<TenantView>> tenants) {
    this.engine = engine;
    this.intents = intents;
    this.tenants = tenants;
  }

  /**
   * Gives it once.
   *
   * @param key of the grant: the same key never gives twice
   * @param amount in millionths of the minor unit; whole steps of the currency
   * @return what the engine calls it
   * @throws IllegalArgumentException when it is no credit, or its key stands for another one
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
    if (key.isBlank() || key.length() > KEY_LENGTH) {
      throw new IllegalArgumentException("a key has 1 to " + KEY_LENGTH + " characters");
    }
    if (name.isBlank() || name.length() > NAME_LENGTH) {
      throw new IllegalArgumentException("a name has 1 to " + NAME_LENGTH + " characters");
    }
    // before the first bill, as in a trial, it is the plan that says in what is paid
    var terms =
        account.terms() == null
            ? tenants.apply(account.tenantId()).flatMap(t -> Terms.of(t.plan())).orElse(null)
            : account.terms();
    var next = account.nextTerms();
    if (terms != null
        && !terms.currency().equals(currency)
        && (next == null || !next.currency().equals(currency))) {
      throw new IllegalArgumentException(
          "the tenant pays in " + terms.currency() + ", and would never use credit in " + currency);
    }
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
    var draft = intent.body(CreditDraft.class);
    if (draft.amount() != amount || !draft.currency().equals(currency)) {
      throw new IllegalArgumentException(
          "the key %s stands for a credit of %s %s already; use another one"
              .formatted(key, Rounding.text(draft.amount(), draft.currency()), draft.currency()));
    }
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
