package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.limit.LimitRule;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.limit.RateLimitPolicySpec;
import dev.tollgate.crd.limit.TargetRef;
import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.value.Money;
import dev.tollgate.crd.view.LimitView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Policies, and the limits they attach by kind and name of the target. */
final class PolicyResolution {
  private final Manifests manifests;
  private final PolicyTargets targets;
  private final Map<String, Map<String, List<LimitView>>> attached = new HashMap<>();

  PolicyResolution(Manifests manifests) {
    this.manifests = manifests;
    this.targets = new PolicyTargets(manifests);
  }

  void resolveAll(List<Finding> findings) {
    for (Map.Entry<String, RateLimitPolicy> entry :
        new TreeMap<>(manifests.policies()).entrySet()) {
      resolve(
          entry.getKey(),
          entry.getValue(),
          new Findings("RateLimitPolicy", entry.getKey(), findings));
    }
  }

  List<LimitView> limits(String kind, String name) {
    return List.copyOf(attached.getOrDefault(kind, Map.of()).getOrDefault(name, List.of()));
  }

  Map<String, List<LimitView>> tenantLimits() {
    Map<String, List<LimitView>> copy = new HashMap<>();
    attached.getOrDefault("Tenant", Map.of()).forEach((k, v) -> copy.put(k, List.copyOf(v)));
    return copy;
  }

  private void resolve(String name, RateLimitPolicy policy, Findings to) {
    RateLimitPolicySpec spec = policy.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return;
    }
    if (spec.limits().isEmpty()) {
      to.refuse("NoLimits", "spec.limits", "the policy limits nothing; add a limit");
    }
    if (spec.targetRefs().isEmpty()) {
      to.refuse("NoTarget", "spec.targetRefs", "the policy applies to nothing; name a target");
    }
    List<LimitView> limits = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < spec.limits().size(); i++) {
      LimitRule rule = spec.limits().get(i);
      String path = "spec.limits[" + i + "]";
      if (!names.add(rule.name())) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "two limits are named " + rule.name() + "; rename one");
      }
      limits.add(limit(name, spec, rule, path, to));
    }
    Set<TargetRef> seen = new HashSet<>();
    List<TargetRef> found = new ArrayList<>();
    for (int i = 0; i < spec.targetRefs().size(); i++) {
      TargetRef target = spec.targetRefs().get(i);
      if (targets.accepts(target, spec, "spec.targetRefs[" + i + "]", to)
          && seen.add(new TargetRef(null, target.kind(), target.name()))) {
        found.add(target);
      }
    }
    if (to.refused()) {
      return;
    }
    for (TargetRef target : found) {
      List<LimitView> list =
          attached
              .computeIfAbsent(target.kind(), kind -> new HashMap<>())
              .computeIfAbsent(target.name(), at -> new ArrayList<>());
      limits.forEach(limit -> list.add(at(limit, target)));
    }
  }

  private static LimitView at(LimitView limit, TargetRef target) {
    return new LimitView(
        limit.policy(),
        limit.name(),
        limit.meter(),
        limit.quantity(),
        limit.window(),
        limit.burst(),
        limit.by(),
        limit.backend(),
        limit.whenUnavailable(),
        target.kind(),
        target.name());
  }

  private static LimitView limit(
      String policy, RateLimitPolicySpec spec, LimitRule rule, String path, Findings to) {
    boolean concurrency = rule.meter().equals(Meters.CONCURRENCY);
    if (!concurrency && !Meters.OF_PLANS.contains(rule.meter())) {
      to.refuse(
          "UnknownMeter",
          path + ".meter",
          "'"
              + rule.meter()
              + "' is not counted; use requests, bytes, tokens, money or concurrency");
    }
    if (concurrency && rule.per() != null) {
      to.refuse(
          "WindowNotAllowed",
          path + ".per",
          "concurrency counts what is open at once and has no window; remove per");
    }
    if (!concurrency && rule.per() == null) {
      to.refuse(
          "WindowMissing",
          path + ".per",
          "a limit needs a window; set per to Second, Minute, Hour, Day or Month");
    }
    if (concurrency && rule.burst() != null) {
      to.refuse("BurstNotAllowed", path + ".burst", "concurrency has no burst; remove it");
    }
    boolean bursts =
        !rule.meter().equals(Meters.MONEY)
            && rule.per() != Window.Day
            && rule.per() != Window.Month;
    if (!concurrency && !bursts && rule.burst() != null) {
      to.unresolved(
          "BurstWithoutEffect",
          path + ".burst",
          "a limit "
              + (rule.meter().equals(Meters.MONEY) ? "of money" : "per " + rule.per())
              + " has no burst, so this has no effect; remove it");
    }
    long quantity = quantity(rule, path, to);
    return new LimitView(
        policy,
        rule.name(),
        rule.meter(),
        quantity,
        rule.per(),
        rule.burst() == null || !bursts || quantity == 0 ? quantity : rule.burst(),
        rule.by() == null ? LimitBy.Tenant : rule.by(),
        spec.backend() == null ? LimitBackend.Memory : spec.backend(),
        spec.whenUnavailable() == null ? WhenUnavailable.LocalShare : spec.whenUnavailable(),
        "",
        "");
  }

  private static long quantity(LimitRule rule, String path, Findings to) {
    boolean money = rule.meter().equals(Meters.MONEY);
    if (money && (rule.amount() == null || rule.limit() != null)) {
      to.refuse(
          "AmountMissing",
          path + ".amount",
          "a limit of money is written as amount: {amount: \"25.00\", currency: USD}, not limit");
      return 0;
    }
    if (!money && rule.amount() != null) {
      to.refuse(
          "AmountNotAllowed",
          path + ".amount",
          "only the meter money has an amount; use limit, or meter: money");
      return 0;
    }
    if (!money && rule.limit() == null) {
      to.refuse("LimitMissing", path + ".limit", "the limit has no number; set limit");
      return 0;
    }
    Long quantity = rule.limit();
    if (rule.amount() != null) {
      int digits = Money.digits(rule.amount().currency(), path + ".amount.currency", to);
      quantity =
          digits < 0
              ? null
              : Money.parse(rule.amount().amount(), digits, path + ".amount.amount", to);
    }
    if (quantity != null && quantity <= 0) {
      to.unresolved(
          "LimitZero",
          path + (money ? ".amount.amount" : ".limit"),
          "a limit of zero lets nothing through, and is in force; to stop a tenant set suspended:"
              + " true on it");
    }
    return quantity == null ? 0 : quantity;
  }
}
