package dev.tollgate.billing.work;

import com.stripe.StripeClient;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.stripe.StripeBilling;
import dev.tollgate.billing.stripe.StripeWebhook;
import dev.tollgate.billing.usage.LedgerTotals;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.core.metering.Ledger;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.view.BillingView;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Billing as the platform's {@code BillingProvider} says at the moment; there is none while there
 * is no provider. Keys are read anew when their Secret changes. Any thread.
 */
public final class LiveBilling {

  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 30_000;

  private final Serving serving;
  private final Secrets secrets;
  private final BillingStore store;
  private final LedgerTotals ledger;
  private final String platform;
  private final Clock clock;
  private @Nullable Live live;
  private @Nullable Connected connected;

  /**
   * @param platform name of this platform among those that share an account with the engine
   */
  public LiveBilling(
      Serving serving,
      Secrets secrets,
      BillingStore store,
      Ledger ledger,
      String platform,
      Clock clock) {
    this.serving = serving;
    this.secrets = secrets;
    this.store = store;
    this.ledger = new LedgerTotals(ledger);
    this.platform = platform;
    this.clock = clock;
  }

  /**
   * Billing by one provider.
   *
   * @param view the provider
   */
  public record Live(
      BillingView view, Billing billing, StripeWebhook webhook, Billing.Rules rules) {}

  private record Connected(String key, String base, StripeClient client) {}

  /** Billing by the provider of now. */
  public synchronized Optional<Live> now() {
    var view = serving.current().shared().billing();
    if (view == null) {
      live = null;
      return Optional.empty();
    }
    var current = live;
    if (current == null || !current.view().equals(view)) {
      current = made(view);
      live = current;
    }
    return Optional.of(current);
  }

  private Live made(BillingView view) {
    var engine = new StripeBilling(() -> client(view), platform, view.automaticTax());
    return new Live(
        view,
        new Billing(
            engine,
            store,
            ledger,
            id -> Optional.ofNullable(serving.current().tenants().get(id)),
            clock),
        new StripeWebhook(() -> signers(view), clock),
        new Billing.Rules(
            view.trialDays(),
            view.graceDays(),
            view.invoiceAt().stream()
                .map(t -> new Thresholds.Threshold(t.meter(), t.quantity()))
                .toList(),
            proration(view)));
  }

  private static @Nullable Proration proration(BillingView view) {
    return switch (view.planChange()) {
      case CreateProrations -> Proration.NEXT_INVOICE;
      case AlwaysInvoice -> Proration.INVOICE_NOW;
      case None -> Proration.NONE;
      case NextCycle -> null;
    };
  }

  private List<String> signers(BillingView view) {
    return view.webhookSecrets().stream()
        .flatMap(ref -> text(ref).stream())
        .filter(secret -> !secret.isEmpty())
        .toList();
  }

  private Optional<String> text(SecretRef ref) {
    return secrets
        .read(ref, SecretUse.BILLING)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
  }

  private synchronized StripeClient client(BillingView view) {
    var key =
        text(view.apiKey())
            .orElseThrow(() ->
                new EngineException(
                    EngineException.Kind.LATER,
                    "the Secret "
                        + view.apiKey().name()
                        + " of BillingProvider "
                        + view.name()
                        + " has no key "
                        + view.apiKey().key()
                        + " that may be used for billing; label it tollgate.dev/use: billing",
                    null));
    var base = view.apiBase().toString();
    var known = connected;
    if (known != null && known.key().equals(key) && known.base().equals(base)) {
      return known.client();
    }
    var client =
        StripeClient.builder()
            .setApiKey(key)
            .setApiBase(base)
            .setConnectTimeout(CONNECT_MILLIS)
            .setReadTimeout(READ_MILLIS)
            .build();
    connected = new Connected(key, base, client);
    return client;
  }
}
