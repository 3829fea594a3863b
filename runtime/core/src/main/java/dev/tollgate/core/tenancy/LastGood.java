package dev.tollgate.core.tenancy;

import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The last form of each resource that was served without anything against it. A change of a
 * resource that would be refused, or that would take others out of service, is held back: the
 * resource goes on in that form. One that is deleted is gone. What a change takes away is taken at
 * once: a Tenant that says {@code suspended} is, whatever else it says. Guarded by its owner.
 */
final class LastGood {

  /** Kinds, those first that others need. */
  private static final List<String> KINDS =
      List.of(
          "ShardPool",
          "GatewayPool",
          "ModelServer",
          "ModelRoute",
          "Plan",
          "RateLimitPolicy",
          "ApiRoute",
          "PromptTemplate",
          "Experiment",
          "BillingProvider",
          "Tenant");

  private record Form(@Nullable Object spec, @Nullable Long generation, @Nullable String uid) {}

  private final Map<String, Form> forms = new HashMap<>();

  static String key(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }

  static @Nullable Object spec(HasMetadata resource) {
    return ((CustomResource<?, ?>) resource).getSpec();
  }

  /** Whether this is what was served last. */
  boolean isLast(HasMetadata resource) {
    var form = formOf(resource);
    return form != null && Objects.equals(form.spec(), spec(resource));
  }

  private boolean differs(HasMetadata resource) {
    var form = formOf(resource);
    return form != null && !Objects.equals(form.spec(), spec(resource));
  }

  /** The last good form of a tenant is suspended as soon as its newest one is. */
  private void suspend(Tenant newest) {
    var form = formOf(newest);
    if (form != null && form.spec() instanceof TenantSpec spec && suspended(newest.getSpec())) {
      forms.put(key(newest), new Form(spec.suspend(), form.generation(), form.uid()));
    }
  }

  private static boolean suspended(@Nullable TenantSpec spec) {
    return spec != null && Boolean.TRUE.equals(spec.suspended());
  }

  /** Of the same resource: one that was created anew under the name is another. */
  private @Nullable Form formOf(HasMetadata resource) {
    var form = forms.get(key(resource));
    return form != null && Objects.equals(form.uid(), resource.getMetadata().getUid())
        ? form
        : null;
  }

  /** The resource as it is now, with the last good spec. */
  private HasMetadata lastOf(HasMetadata now) {
    var form = Objects.requireNonNull(formOf(now));
    try {
      @SuppressWarnings("unchecked")
      var last = (CustomResource<Object, Object>) now.getClass().getConstructor().newInstance();
      last.setMetadata(
          new ObjectMetaBuilder(now.getMetadata()).withGeneration(form.generation()).build());
      last.setSpec(form.spec());
      last.setStatus(((CustomResource<?, ?>) now).getStatus());
      return last;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("every kind has a constructor", e);
    }
  }

  /** Begins to look at what is to be served next. */
  Change change(Manifests next) {
    return new Change(next);
  }

  /** One set of resources on its way to be served. */
  final class Change {
    private final Map<String, HasMetadata> next = new HashMap<>();
    private final Map<String, List<Finding>> held = new TreeMap<>();
    // which others a resource is held back for
    private final Map<String, Set<String>> saved = new HashMap<>();
    private final Set<String> useless = new HashSet<>();
    private final Map<String, HasMetadata> now;
    private Manifests manifests;

    private Change(Manifests next) {
      next.all().forEach(resource -> this.next.put(key(resource), resource));
      manifests = next;
      now = new HashMap<>(this.next);
      next.tenants().values().forEach(LastGood.this::suspend);
    }

    /** What is to be resolved and served. */
    Manifests manifests() {
      return manifests;
    }

    /** Why resources are held back, by {@code Kind/name}. */
    Map<String, List<Finding>> held() {
      return held;
    }

    /**
     * Looks at what came of {@link #manifests}; true when they are others now.
     *
     * @param stopped those not served at all, as {@code Kind/name}
     */
    boolean judge(List<Finding> findings, Set<String> stopped) {
      var refused = refused(findings, stopped);
      var changed =
          giveUp(refused) || holdRefused(findings, refused) || holdForOthers(findings, refused);
      if (changed) {
        manifests = Manifests.of(now.values());
      }
      return changed;
    }

    private static Set<String> refused(List<Finding> findings, Set<String> stopped) {
      var refused = new TreeSet<>(stopped);
      findings.stream()
          .filter(f -> f.condition().equals("Accepted"))
          .forEach(f -> refused.add(f.kind() + "/" + f.name()));
      return refused;
    }

    private boolean giveUp(Set<String> refused) {
      var before = held.size();
      for (var key : List.copyOf(held.keySet())) {
        if (refused.containsAll(saved.getOrDefault(key, Set.of(key)))) {
          held.remove(key);
          useless.add(key);
          now.put(key, Objects.requireNonNull(next.get(key)));
        }
      }
      return held.size() != before;
    }

    /** One kind at a time: what the next one lacks may be there again then. */
    private boolean holdRefused(List<Finding> findings, Set<String> refused) {
      for (var kind : KINDS) {
        var any = false;
        for (var key : refused) {
          if (key.startsWith(kind + "/") && canHold(key)) {
            hold(key, of(key, findings));
            any = true;
          }
        }
        if (any) {
          return true;
        }
      }
      return false;
    }

    /** What was good and has not changed, and is refused now, suffers from a change of another. */
    private boolean holdForOthers(List<Finding> findings, Set<String> refused) {
      var any = false;
      for (var key : refused) {
        var resource = now.get(key);
        if (resource == null || !isLast(resource)) {
          continue;
        }
        for (var needed : needs(resource)) {
          if (canHold(needed)) {
            var why = new ArrayList<>(of(needed, findings));
            why.add(
                new Finding(
                    needed.substring(0, needed.indexOf('/')),
                    needed.substring(needed.indexOf('/') + 1),
                    "Accepted",
                    "WouldStopOthers",
                    key + " could not be served with this form; correct it",
                    "spec"));
            hold(needed, why);
            saved.computeIfAbsent(needed, n -> new HashSet<>()).add(key);
            any = true;
            break;
          }
        }
      }
      return any;
    }

    private boolean canHold(String key) {
      var resource = now.get(key);
      return resource != null && differs(resource) && !useless.contains(key);
    }

    private void hold(String key, List<Finding> why) {
      held.put(key, why);
      now.put(key, lastOf(Objects.requireNonNull(next.get(key))));
    }

    private List<Finding> of(String key, List<Finding> findings) {
      return findings.stream().filter(f -> key.equals(f.kind() + "/" + f.name())).toList();
    }

    private Set<String> needs(HasMetadata resource) {
      Set<String> needs = new LinkedHashSet<>();
      switch (resource) {
        case Tenant tenant when tenant.getSpec() != null -> {
          var spec = tenant.getSpec();
          var plan = manifests.plans().get(spec.plan());
          needs.add("Plan/" + spec.plan());
          var own = plan == null ? null : plan.getSpec();
          needs.add(
              "GatewayPool/" + first(spec.gatewayPool(), own == null ? null : own.gatewayPool()));
          needs.add("ShardPool/" + first(spec.shardPool(), own == null ? null : own.shardPool()));
        }
        case RateLimitPolicy policy when policy.getSpec() != null ->
            policy.getSpec().targetRefs().stream()
                .filter(target -> target.kind().equals("Plan"))
                .forEach(target -> needs.add("Plan/" + target.name()));
        case ApiRoute route when route.getSpec() != null ->
            pools(route.getSpec().parentRefs(), needs);
        case ModelRoute route when route.getSpec() != null ->
            pools(route.getSpec().parentRefs(), needs);
        default -> {}
      }
      return needs;
    }

    private static void pools(@Nullable List<LocalRef> refs, Set<String> needs) {
      if (refs == null || refs.isEmpty()) {
        needs.add("GatewayPool/default");
      } else {
        refs.forEach(ref -> needs.add("GatewayPool/" + ref.name()));
      }
    }

    private static String first(@Nullable String one, @Nullable String two) {
      return one != null ? one : two != null ? two : "default";
    }

    /** From now on this is what was good last. */
    void keep(List<Finding> findings, Set<String> stopped) {
      var refused = refused(findings, stopped);
      forms.keySet().retainAll(next.keySet());
      now.forEach((key, resource) -> {
        if (!refused.contains(key)) {
          var meta = resource.getMetadata();
          forms.put(key, new Form(spec(resource), meta.getGeneration(), meta.getUid()));
        }
      });
    }
  }
}
