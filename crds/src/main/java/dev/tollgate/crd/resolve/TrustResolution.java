package dev.tollgate.crd.resolve;

import dev.tollgate.crd.access.SignatureAlgorithm;
import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.TrustView;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trusts of a pool or tenant. A wrong trust is left out alone, its owner is served without it. */
final class TrustResolution {
  private static final Set<SignatureAlgorithm> PUBLIC =
      Set.of(SignatureAlgorithm.RS256, SignatureAlgorithm.ES256);

  private TrustResolution() {}

  /**
   * Resolves them all.
   *
   * @param tenant the tenant's name, or null when a pool owns them
   * @param self {@code Tenant/NAME} or {@code GatewayPool/NAME}
   */
  static List<TrustView> resolve(
      @Nullable List<Trust> trusts,
      @Nullable String tenant,
      String self,
      Map<IssuerAudience, String> owners,
      Findings to) {
    if (trusts == null || trusts.isEmpty()) {
      return List.of();
    }
    List<TrustView> views = new ArrayList<>(trusts.size());
    Set<IssuerAudience> seen = new LinkedHashSet<>();
    for (int i = 0; i < trusts.size(); i++) {
      TrustView view =
          one(trusts.get(i), "spec.trusts[" + i + "]", tenant, self, owners, seen, to.part());
      if (view != null) {
        views.add(view);
      }
    }
    return List.copyOf(views);
  }

  private static @Nullable TrustView one(
      Trust trust,
      String path,
      @Nullable String tenant,
      String self,
      Map<IssuerAudience, String> owners,
      Set<IssuerAudience> seen,
      Findings to) {
    URI jwks = keySource(trust, path, to);
    Set<SignatureAlgorithm> algorithms = algorithms(trust, path, to);
    if (tenant != null && trust.tenantClaim() != null) {
      to.refuse(
          "TenantClaimNotAllowed",
          path + ".tenantClaim",
          "a token of a tenant's own trust always means that tenant; remove tenantClaim");
    }
    if (tenant == null && trust.tenantClaim() == null) {
      to.refuse(
          "TenantClaimMissing",
          path + ".tenantClaim",
          "a pool's trust must say which claim names the tenant; set tenantClaim");
    }
    if (trust.audiences().isEmpty()) {
      to.refuse(
          "NoAudience", path + ".audiences", "without an audience no token matches; name one");
    }
    Set<String> audiences = new LinkedHashSet<>();
    for (int i = 0; i < trust.audiences().size(); i++) {
      String audience = trust.audiences().get(i);
      IssuerAudience pair = new IssuerAudience(trust.issuer(), audience);
      String owner = owners.getOrDefault(pair, self);
      if (!owner.equals(self) || !seen.add(pair)) {
        to.partly(
            "IssuerTaken",
            path + ".audiences[" + i + "]",
            "issuer "
                + trust.issuer()
                + " with audience "
                + audience
                // another tenant's name is not this tenant's business
                + " already belongs to "
                + (owner.equals(self)
                    ? "another trust of this resource"
                    : owner.startsWith("Tenant/") ? "another tenant" : owner)
                + "; use another audience");
      } else {
        audiences.add(audience);
      }
    }
    if (to.refused() || audiences.isEmpty()) {
      return null;
    }
    return new TrustView(
        trust.issuer(),
        Set.copyOf(audiences),
        jwks,
        Boolean.TRUE.equals(trust.discovery()),
        trust.caSecretRef(),
        trust.hmacSecretRef(),
        algorithms,
        trust.tenantClaim(),
        tenant);
  }

  private static @Nullable URI keySource(Trust trust, String path, Findings to) {
    int sources =
        (trust.jwksUri() == null ? 0 : 1)
            + (Boolean.TRUE.equals(trust.discovery()) ? 1 : 0)
            + (trust.hmacSecretRef() == null ? 0 : 1);
    if (sources != 1) {
      to.refuse(
          "KeySource",
          path,
          sources == 0
              ? "no key source is given; set one of jwksUri, discovery: true and hmacSecretRef"
              : "more than one key source is given; keep one of jwksUri, discovery, hmacSecretRef");
      return null;
    }
    URI issuer =
        Boolean.TRUE.equals(trust.discovery())
            ? Urls.http(trust.issuer(), path + ".issuer", to)
            : null;
    URI jwks = trust.jwksUri() == null ? null : Urls.http(trust.jwksUri(), path + ".jwksUri", to);
    Urls.authorities(trust.caSecretRef(), jwks == null ? issuer : jwks, path, to);
    return jwks;
  }

  private static Set<SignatureAlgorithm> algorithms(Trust trust, String path, Findings to) {
    boolean shared = trust.hmacSecretRef() != null;
    List<SignatureAlgorithm> named = trust.algorithms();
    if (named == null || named.isEmpty()) {
      return shared ? Set.of(SignatureAlgorithm.HS256) : PUBLIC;
    }
    for (int i = 0; i < named.size(); i++) {
      if (shared != (named.get(i) == SignatureAlgorithm.HS256)) {
        to.refuse(
            "AlgorithmMismatch",
            path + ".algorithms[" + i + "]",
            shared
                ? named.get(i) + " needs public keys; a shared secret (hmacSecretRef) has HS256"
                : "HS256 needs a shared secret; public keys have RS256 and ES256");
      }
    }
    return Set.copyOf(EnumSet.copyOf(named));
  }
}
