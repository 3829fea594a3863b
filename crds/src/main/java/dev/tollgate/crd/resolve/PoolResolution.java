package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.gateway.Cors;
import dev.tollgate.crd.gateway.EnvVariable;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.gateway.GatewayPoolSpec;
import dev.tollgate.crd.gateway.Listener;
import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.crd.gateway.Replicas;
import dev.tollgate.crd.gateway.Role;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ExternalShard;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.shard.ShardPoolSpec;
import dev.tollgate.crd.value.AddressRange;
import dev.tollgate.crd.value.Durations;
import dev.tollgate.crd.value.Names;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.CorsView;
import dev.tollgate.crd.view.DefaultPool;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ShardPoolView;
import dev.tollgate.crd.view.TrustView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Gateway pools and shard pools. */
final class PoolResolution {
  private static final int PARTITIONS = 16;

  /** NAME-gateway and the hash of a revision are a label's value, of 63 characters at most. */
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,43}");

  private static final String NO_EFFECT = "NoEffect";

  /** Variables that the operator sets itself. */
  private static final Set<String> OWN_VARIABLES =
      Set.of(
          "TOLLGATE_CLUSTER",
          "TOLLGATE_NAMESPACE",
          "TOLLGATE_POOL",
          "TOLLGATE_DATA",
          "TOLLGATE_HTTP_PORT",
          "TOLLGATE_HTTPS_PORT",
          "TOLLGATE_MANAGEMENT_PORT",
          "TOLLGATE_HTTP_HOSTNAMES",
          "TOLLGATE_HTTPS_HOSTNAMES",
          "TOLLGATE_TLS");

  private static final Pattern ORIGIN = Pattern.compile(Cors.ORIGIN);

  private PoolResolution() {}

  static ShardPoolView impliedShardPool() {
    return new ShardPoolView(
        DefaultPool.NAME,
        Engine.Embedded,
        1,
        PARTITIONS,
        List.of(DefaultPool.NAME + "-0"),
        List.of());
  }

  static @Nullable ShardPoolView shardPool(String name, ShardPool pool, Findings to) {
    ShardPoolSpec spec = pool.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    List<ExternalShard> external = spec.external() == null ? List.of() : spec.external();
    List<String> names = new ArrayList<>();
    int shards = spec.shards() == null ? 1 : spec.shards();
    if (shards < 1 || shards > 256) {
      to.refuse(
          "ShardsOutOfRange", "spec.shards", "a pool has 1 to 256 shards; correct the number");
    }
    if (spec.engine() == Engine.External) {
      if (external.isEmpty()) {
        to.refuse(
            "ExternalMissing",
            "spec.external",
            "an External pool names its databases; list them under external");
      }
      if (spec.shards() != null && shards != external.size()) {
        to.refuse(
            "ShardsMismatch",
            "spec.shards",
            "shards is "
                + shards
                + " but external lists "
                + external.size()
                + "; leave shards out");
      }
      external(external, names, to);
    } else {
      if (!external.isEmpty()) {
        to.refuse(
            "ExternalNotAllowed",
            "spec.external",
            spec.engine()
                + " pools have no external databases; remove them or use engine: External");
      }
      for (int i = 0; i < shards && i < 256; i++) {
        names.add(name + "-" + i);
      }
    }
    return to.refused()
        ? null
        : new ShardPoolView(
            name,
            spec.engine(),
            names.size(),
            spec.partitions() == null ? PARTITIONS : spec.partitions(),
            List.copyOf(names),
            List.copyOf(external));
  }

  private static void external(List<ExternalShard> external, List<String> names, Findings to) {
    for (int i = 0; i < external.size(); i++) {
      ExternalShard shard = external.get(i);
      String path = "spec.external[" + i + "]";
      if (names.contains(shard.name())) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "two shards are named " + shard.name() + "; rename one");
      }
      names.add(shard.name());
      String url = shard.jdbcUrl();
      if (!url.startsWith("jdbc:mariadb://") && !url.startsWith("jdbc:mysql://")) {
        to.refuse(
            "BadUrl",
            path + ".jdbcUrl",
            "a shard's URL begins with jdbc:mariadb:// or jdbc:mysql://; correct it");
      } else if (url.contains("@") || url.toLowerCase(Locale.ROOT).contains("password=")) {
        to.refuse(
            "CredentialsInUrl",
            path + ".jdbcUrl",
            "the URL holds a user or password; use user and passwordSecretRef");
      }
    }
  }

  static GatewayPoolView impliedGatewayPool(List<LimitView> limits) {
    return withoutSpec(DefaultPool.NAME, limits);
  }

  private static GatewayPoolView withoutSpec(String name, List<LimitView> limits) {
    return new GatewayPoolView(
        name,
        Set.of(Role.values()),
        DefaultPool.NAME,
        null,
        null,
        null,
        List.of(),
        List.of(),
        limits);
  }

  static @Nullable GatewayPoolView gatewayPool(
      String name,
      GatewayPool pool,
      Map<String, ShardPoolView> shardPools,
      Map<IssuerAudience, String> owners,
      List<LimitView> limits,
      Findings to) {
    GatewayPoolSpec spec = pool.getSpec();
    if (!NAME.matcher(name).matches()) {
      to.refuse(
          "BadName",
          "metadata.name",
          "the name is part of those of Services and of a StatefulSet, so it has at most 44"
              + " characters, begins with a letter and has no dots; use another");
      return null;
    }
    if (spec == null) {
      return withoutSpec(name, limits);
    }
    listeners(spec.listeners() == null ? List.of() : spec.listeners(), to);
    Replicas replicas = spec.replicas();
    if (replicas != null
        && replicas.max() != null
        && replicas.max() < (replicas.min() == null ? 1 : replicas.min())) {
      to.refuse(
          "ReplicasOutOfOrder",
          "spec.replicas.max",
          "max is smaller than min; raise max or lower min");
    }
    String platform =
        spec.platformDatabase() == null ? DefaultPool.NAME : spec.platformDatabase().shardPool();
    if (!shardPools.containsKey(platform)) {
      to.unresolved(
          "ShardPoolNotFound",
          "spec.platformDatabase.shardPool",
          "ShardPool " + platform + " is not there or not valid; create it or name another");
    }
    withoutEffect(spec, to);
    environment(spec.env() == null ? List.of() : spec.env(), to);
    if (spec.redis() != null) {
      Urls.redis(spec.redis().url(), "spec.redis.url", to);
    }
    CorsView cors = spec.cors() == null ? null : cors(spec.cors(), to);
    List<AddressRange> proxies = proxies(spec.trustedProxies(), to);
    List<TrustView> trusts =
        TrustResolution.resolve(spec.trusts(), null, "GatewayPool/" + name, owners, to);
    return to.refused()
        ? null
        : new GatewayPoolView(
            name,
            spec.roles() == null || spec.roles().isEmpty()
                ? Set.of(Role.values())
                : Set.copyOf(spec.roles()),
            platform,
            spec.redis() == null ? null : spec.redis().url(),
            spec.redis() == null ? null : spec.redis().passwordSecretRef(),
            cors,
            proxies,
            trusts,
            limits);
  }

  /** What is asked for and not done is told, so that nobody relies on it. */
  private static void withoutEffect(GatewayPoolSpec spec, Findings to) {
    if (spec.kafka() != null) {
      to.unresolved(
          NO_EFFECT,
          "spec.kafka",
          "Kafka is not used yet; usage goes through the replicas' own logs. Remove it");
    }
    List<Role> roles = spec.roles();
    if (roles != null && !roles.isEmpty() && !roles.contains(Role.Api)) {
      to.unresolved(
          NO_EFFECT,
          "spec.roles",
          "the replicas serve APIs and models all the same, for only Worker has an effect yet; add Api");
    }
  }

  private static void environment(List<EnvVariable> variables, Findings to) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < variables.size(); i++) {
      String name = variables.get(i).name();
      String path = "spec.env[" + i + "].name";
      if (OWN_VARIABLES.contains(name)) {
        to.refuse(
            "ReservedVariable", path, name + " is set by the operator; remove it from spec.env");
      } else if (!names.add(name)) {
        to.refuse("DuplicateName", path, name + " is there twice; remove one");
      }
    }
  }

  private static List<AddressRange> proxies(@Nullable List<String> texts, Findings to) {
    List<AddressRange> ranges = new ArrayList<>();
    for (int i = 0; texts != null && i < texts.size(); i++) {
      AddressRange range = AddressRange.of(texts.get(i));
      if (range == null) {
        to.refuse(
            "BadAddress",
            "spec.trustedProxies[" + i + "]",
            Names.printable(texts.get(i))
                + " is neither an address nor a range of addresses such as 10.0.0.0/8 or"
                + " 2001:db8::/32, with nothing but zeros behind its length; correct it");
      } else {
        ranges.add(range);
      }
    }
    return List.copyOf(ranges);
  }

  private static CorsView cors(Cors cors, Findings to) {
    Set<String> origins = new HashSet<>();
    List<String> patterns = new ArrayList<>();
    for (int i = 0; i < cors.allowOrigins().size(); i++) {
      String origin = cors.allowOrigins().get(i);
      if (!ORIGIN.matcher(origin).matches()) {
        to.refuse(
            "BadOrigin",
            "spec.cors.allowOrigins[" + i + "]",
            "an origin is a scheme and a host, in lower case and without a path, such as"
                + " https://app.example.com or https://*.example.com; correct it");
      } else if (origin.contains("://*")) {
        patterns.add(origin);
      } else {
        origins.add(origin);
      }
    }
    boolean any = origins.remove("*");
    boolean credentials = Boolean.TRUE.equals(cors.allowCredentials());
    if (any && credentials) {
      to.refuse(
          "OriginsNotNamed",
          "spec.cors.allowOrigins",
          "no browser sends cookies where every origin may call; name the origins, or leave"
              + " allowCredentials out");
    }
    return new CorsView(
        any,
        Set.copyOf(origins),
        List.copyOf(patterns),
        credentials,
        Durations.read(
            cors.maxAge(),
            Duration.ofMinutes(10),
            Duration.ZERO,
            Duration.ofHours(24),
            "spec.cors.maxAge",
            to));
  }

  private static void listeners(List<Listener> listeners, Findings to) {
    Set<String> names = new HashSet<>();
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < listeners.size(); i++) {
      Listener listener = listeners.get(i);
      String path = "spec.listeners[" + i + "]";
      if (!names.add(listener.name())) {
        to.refuse(
            "DuplicateName",
            path + ".name",
            "two listeners are named " + listener.name() + "; rename one");
      }
      if (!ports.add(listener.port())) {
        to.refuse(
            "DuplicatePort",
            path + ".port",
            "two listeners have port " + listener.port() + "; change one");
      }
      boolean certificates = listener.tls() != null && !listener.tls().certificateRefs().isEmpty();
      if (listener.protocol() == Protocol.HTTPS && !certificates) {
        to.refuse(
            "TlsMissing",
            path + ".tls",
            "an HTTPS listener needs a certificate; name its Secret in tls.certificateRefs");
      }
      if (listener.protocol() == Protocol.HTTP && listener.tls() != null) {
        to.refuse(
            "TlsNotAllowed", path + ".tls", "an HTTP listener has no tls; use protocol: HTTPS");
      }
    }
  }
}
