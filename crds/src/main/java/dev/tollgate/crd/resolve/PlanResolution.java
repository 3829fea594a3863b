package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.plan.Meter;
import dev.tollgate.crd.plan.Overage;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanSpec;
import dev.tollgate.crd.plan.Priority;
import dev.tollgate.crd.plan.Tier;
import dev.tollgate.crd.resolve.route.DisconnectResolution;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.value.Money;
import dev.tollgate.crd.value.Names;
import dev.tollgate.crd.view.DefaultPool;
import dev.tollgate.crd.view.DisconnectView;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.MeterView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.ShardPoolView;
import dev.tollgate.crd.view.TierView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One plan. */
final class PlanResolution {
  private PlanResolution() {}

  static @Nullable PlanView resolve(
      String name,
      Plan plan,
      Map<String, GatewayPoolView> gatewayPools,
      Map<String, ShardPoolView> shardPools,
      Set<String> models,
      List<LimitView> limits,
      Findings to) {
    PlanSpec spec = plan.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    String currency = spec.price() == null ? null : spec.price().currency();
    int digits = currency == null ? -1 : Money.digits(currency, "spec.price.currency", to);
    Long price = 0L;
    if (spec.price() != null && digits >= 0) {
      price = Money.parse(spec.price().amount(), digits, "spec.price.amount", to);
      if (price != null && currency != null) {
        Money.collected(spec.price().amount(), price, currency, "spec.price.amount", to);
      }
    }
    Map<String, MeterView> meters = new LinkedHashMap<>();
    List<Meter> given = spec.meters() == null ? List.of() : spec.meters();
    for (int i = 0; i < given.size(); i++) {
      String path = "spec.meters[" + i + "]";
      MeterView view = meter(given.get(i), path, currency != null, digits, to);
      if (meters.put(view.name(), view) != null) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "meter " + view.name() + " is there twice; merge them");
      }
    }
    String gatewayPool = DefaultPool.or(spec.gatewayPool());
    if (!gatewayPools.containsKey(gatewayPool)) {
      to.unresolved(
          "GatewayPoolNotFound",
          "spec.gatewayPool",
          "GatewayPool " + gatewayPool + " is not there or not valid; create it or name another");
    }
    String shardPool = DefaultPool.or(spec.shardPool());
    ShardPoolView shards = shardPools.get(shardPool);
    Isolation isolation = spec.isolation() == null ? Isolation.Shared : spec.isolation();
    if (shards == null) {
      to.unresolved(
          "ShardPoolNotFound",
          "spec.shardPool",
          "ShardPool " + shardPool + " is not there or not valid; create it or name another");
    } else if (isolation == Isolation.Dedicated && shards.engine() == Engine.Embedded) {
      to.refuse(
          "DedicatedNeedsServer",
          "spec.isolation",
          "ShardPool "
              + shardPool
              + " is Embedded and has no databases of their own for tenants; use a Managed or"
              + " External pool, or isolation: Shared");
    }
    List<String> allowed = spec.models() == null ? List.of() : spec.models();
    for (int i = 0; i < allowed.size(); i++) {
      if (!models.contains(allowed.get(i))) {
        to.unresolved(
            "ModelNotFound",
            "spec.models[" + i + "]",
            "no ModelRoute serves "
                + Names.printable(allowed.get(i))
                + "; write it as clients send it, or create the route");
      }
    }
    DisconnectView onDisconnect =
        spec.onDisconnect() == null ? null : DisconnectResolution.resolve(spec.onDisconnect(), to);
    if (to.refused() || price == null) {
      return null;
    }
    return new PlanView(
        name,
        spec.displayName() == null ? name : spec.displayName(),
        revision(price, currency, meters),
        price,
        currency,
        Map.copyOf(meters),
        spec.features() == null ? Set.of() : Set.copyOf(spec.features()),
        Set.copyOf(allowed),
        onDisconnect,
        spec.priority() == null ? Priority.Normal : spec.priority(),
        isolation,
        gatewayPool,
        shardPool,
        limits);
  }

  private static MeterView meter(
      Meter meter, String path, boolean priced, int digits, Findings to) {
    if (!Meters.OF_PLANS.contains(meter.name())) {
      to.refuse(
          "UnknownMeter",
          path + ".name",
          "'" + meter.name() + "' is not counted; use requests, bytes, tokens or money");
    }
    Overage overage = meter.overage();
    OverageMode mode =
        overage != null
            ? overage.mode()
            : meter.included() == null ? OverageMode.Allow : OverageMode.Block;
    if (mode == OverageMode.Block && meter.included() == null) {
      to.refuse(
          "IncludedMissing",
          path + ".included",
          "nothing is included and more is refused, so no request would pass; set included");
    }
    List<Tier> given = overage == null || overage.tiers() == null ? List.of() : overage.tiers();
    List<TierView> tiers = List.of();
    if (mode == OverageMode.Bill) {
      if (!priced) {
        to.refuse(
            "CurrencyMissing",
            "spec.price",
            "meter "
                + meter.name()
                + " bills overage but the plan has no currency; set spec.price, with amount \"0\""
                + " when the plan itself is free");
      }
      tiers = tiers(given, path + ".overage.tiers", digits, to);
    } else if (!given.isEmpty()) {
      to.refuse(
          "TiersNotUsed",
          path + ".overage.tiers",
          "mode " + mode + " never charges; remove tiers or use mode: Bill");
    }
    List<Integer> alerts = meter.alertPercents() == null ? List.of() : meter.alertPercents();
    if (!alerts.isEmpty() && (meter.included() == null || meter.included() == 0)) {
      to.refuse(
          "AlertPercents",
          path + ".alertPercents",
          "nothing is included, so there is no part of it to be told of; set included or remove"
              + " alertPercents");
    }
    for (int i = 0; i < alerts.size(); i++) {
      int least = i == 0 ? 1 : alerts.get(i - 1) + 1;
      if (alerts.get(i) < least || alerts.get(i) > 1000) {
        to.refuse(
            "AlertPercents",
            path + ".alertPercents[" + i + "]",
            "alert percentages ascend from 1 to 1000; put them in order");
      }
    }
    return new MeterView(
        meter.name(),
        meter.included() == null ? 0 : meter.included(),
        mode,
        tiers,
        List.copyOf(alerts));
  }

  private static List<TierView> tiers(List<Tier> given, String path, int digits, Findings to) {
    if (given.isEmpty()) {
      to.refuse("TiersMissing", path, "mode Bill needs prices; list at least one tier");
    }
    List<TierView> tiers = new ArrayList<>(given.size());
    long last = 0;
    for (int i = 0; i < given.size(); i++) {
      Tier tier = given.get(i);
      boolean end = i == given.size() - 1;
      if (tier.upTo() == null && !end) {
        to.refuse(
            "TiersNotAscending",
            path + "[" + i + "].upTo",
            "only the last tier has no upTo; set it or move the tier to the end");
      } else if (tier.upTo() != null && end) {
        to.refuse(
            "LastTierBounded",
            path + "[" + i + "].upTo",
            "units beyond " + tier.upTo() + " have no price; add a last tier without upTo");
      } else if (tier.upTo() != null && tier.upTo() <= last) {
        to.refuse(
            "TiersNotAscending",
            path + "[" + i + "].upTo",
            "upTo " + tier.upTo() + " is not above " + last + "; put the tiers in order");
      }
      last = tier.upTo() == null ? Long.MAX_VALUE : tier.upTo();
      Long unit =
          digits < 0
              ? null
              : Money.parse(tier.unitPrice(), digits, path + "[" + i + "].unitPrice", to);
      tiers.add(new TierView(last, unit == null ? 0 : unit));
    }
    return List.copyOf(tiers);
  }

  /**
   * Sixteen hex digits of SHA-256 over all that a usage record freezes, the same on any machine.
   */
  private static String revision(
      long price, @Nullable String currency, Map<String, MeterView> meters) {
    StringBuilder text = new StringBuilder(128);
    text.append(price).append(' ').append(currency);
    for (MeterView meter : new TreeMap<>(meters).values()) {
      text.append('\n').append(meter.name()).append(' ').append(meter.included());
      text.append(' ').append(meter.overage());
      for (TierView tier : meter.tiers()) {
        text.append(' ').append(tier.upTo()).append(':').append(tier.unitPrice());
      }
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java has SHA-256", missing);
    }
  }
}
