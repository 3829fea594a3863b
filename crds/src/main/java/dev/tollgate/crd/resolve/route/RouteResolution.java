package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.route.ApiRouteSpec;
import dev.tollgate.crd.route.CircuitBreaker;
import dev.tollgate.crd.route.Match;
import dev.tollgate.crd.route.Retry;
import dev.tollgate.crd.route.Timeouts;
import dev.tollgate.crd.value.Durations;
import dev.tollgate.crd.view.BackendView;
import dev.tollgate.crd.view.BreakerView;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.RetryView;
import dev.tollgate.crd.view.RouteView;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One route, apart from what other routes say. */
final class RouteResolution {
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");
  private static final Pattern STATUS = Pattern.compile("[45][0-9]{2}");
  private static final Pattern HOST =
      Pattern.compile("(\\*\\.)?[a-z0-9]([a-z0-9-]{0,62})(\\.[a-z0-9][a-z0-9-]{0,62})*");
  private static final Pattern DOTS = Pattern.compile("(?i)(^|/)(\\.|%2e){1,2}(/|$)");
  private static final Pattern PATTERN = Pattern.compile("[*{}]|/:");
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  /** Enough for a connection whose first packet is lost: that is sent again after a second. */
  private static final Duration CONNECT = Duration.ofSeconds(2);

  private RouteResolution() {}

  static @Nullable RouteView resolve(
      String name,
      ApiRoute route,
      Manifests manifests,
      Map<String, GatewayPoolView> pools,
      List<LimitView> limits,
      Findings to) {
    ApiRouteSpec spec = route.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    Set<String> parents = Parents.resolve(spec.parentRefs(), manifests, pools, to);
    Match match = spec.match();
    String path = path(match.path(), to);
    Set<String> methods = methods(match.methods(), to);
    Set<String> hosts = hosts(match.hostnames(), to);
    List<BackendView> backends = BackendResolution.resolve(spec.backends(), to);
    BackendResolution.builtins(backends, path, to);
    Requirements.check(spec.requires(), manifests, to);
    Timeouts times = spec.timeouts() == null ? new Timeouts(null, null, null) : spec.timeouts();
    Duration request =
        Durations.read(
            times.request(), Duration.ofSeconds(30), MILLI, DAY, "spec.timeouts.request", to);
    Duration connect =
        Durations.read(
            times.connect(),
            request.compareTo(CONNECT) < 0 ? request : CONNECT,
            MILLI,
            HOUR,
            "spec.timeouts.connect",
            to);
    if (connect.compareTo(request) > 0) {
      to.refuse(
          "TimeoutsOutOfOrder",
          "spec.timeouts.connect",
          "connect is longer than request, so it never applies; make it shorter");
    }
    Duration idle =
        Durations.read(times.idle(), Duration.ofSeconds(60), MILLI, DAY, "spec.timeouts.idle", to);
    RetryView retry = retry(spec.retry(), to);
    tries(retry, request, idle, to);
    BreakerView breaker = breaker(spec.circuitBreaker(), to);
    Duration cacheFor =
        spec.cache() == null || spec.cache().forDuration() == null
            ? null
            : Durations.read(
                spec.cache().forDuration(),
                Duration.ZERO,
                SECOND,
                DAY.multipliedBy(30),
                "spec.cache.for",
                to);
    if (to.refused() || parents.isEmpty()) {
      return null;
    }
    return new RouteView(
        name,
        parents,
        path,
        methods,
        hosts,
        spec.requires() == null ? null : spec.requires().scope(),
        spec.requires() == null ? null : spec.requires().feature(),
        spec.weight() == null ? 1 : spec.weight(),
        backends,
        connect,
        request,
        idle,
        retry,
        breaker,
        spec.cache() == null ? null : cacheFor == null ? Duration.ZERO : cacheFor,
        limits);
  }

  private static String path(String path, Findings to) {
    if (!path.startsWith("/")
        || path.contains("//")
        || path.indexOf('?') >= 0
        || path.indexOf('#') >= 0
        || path.indexOf('\\') >= 0
        || path.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)
        || DOTS.matcher(path).find()) {
      to.refuse(
          "BadPath",
          "spec.match.path",
          "a path begins with / and has no empty or dot segments, query, fragment, spaces or"
              + " characters beyond ASCII; write it like /v1/weather");
    }
    if (PATTERN.matcher(path).find()) {
      to.refuse(
          "BadPath",
          "spec.match.path",
          "a path has no patterns: it is matched as it is written, with all that is below it;"
              + " write /users for /users/{id} or /users/*");
    }
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static Set<String> methods(@Nullable List<String> methods, Findings to) {
    if (methods == null) {
      return Set.of();
    }
    for (int i = 0; i < methods.size(); i++) {
      if (!METHOD.matcher(methods.get(i)).matches() || methods.get(i).equals("CONNECT")) {
        to.refuse(
            "BadMethod",
            "spec.match.methods[" + i + "]",
            "'" + methods.get(i) + "' is not a method that can be routed; write it like GET");
      }
    }
    return Set.copyOf(new LinkedHashSet<>(methods));
  }

  private static Set<String> hosts(@Nullable List<String> hosts, Findings to) {
    if (hosts == null) {
      return Set.of();
    }
    Set<String> lower = new LinkedHashSet<>();
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i).toLowerCase(Locale.ROOT);
      if (!HOST.matcher(host).matches()) {
        to.refuse(
            "BadHostname",
            "spec.match.hostnames[" + i + "]",
            "'" + host + "' is not a host name; write it like api.example.com or *.example.com");
      }
      lower.add(host);
    }
    return Set.copyOf(lower);
  }

  private static RetryView retry(@Nullable Retry retry, Findings to) {
    if (retry == null) {
      return new RetryView(0, Set.of(), 20, null);
    }
    int attempts = retry.attempts() == null ? 1 : retry.attempts();
    int budget = retry.budgetPercent() == null ? 20 : retry.budgetPercent();
    Set<String> on = Set.of("ConnectFailure", "Reset");
    if (retry.on() != null) {
      on = Set.copyOf(new LinkedHashSet<>(retry.on()));
      for (int i = 0; i < retry.on().size(); i++) {
        String reason = retry.on().get(i);
        if (!Set.of("ConnectFailure", "Reset", "Timeout").contains(reason)
            && !STATUS.matcher(reason).matches()) {
          to.refuse(
              "BadRetry",
              "spec.retry.reasons[" + i + "]",
              "'"
                  + reason
                  + "' is unknown; use ConnectFailure, Reset, Timeout or a status"
                  + " of 400 to 599");
        }
      }
    }
    if (attempts > 0 && on.isEmpty()) {
      to.refuse(
          "BadRetry",
          "spec.retry.reasons",
          "nothing is tried again; name a reason or remove retry");
    }
    if (attempts > 0 && budget == 0) {
      to.refuse(
          "BadRetry",
          "spec.retry.budgetPercent",
          "a budget of 0 lets nothing be tried again; raise it or set attempts: 0");
    }
    Duration timeout =
        retry.timeout() == null
            ? null
            : Durations.read(retry.timeout(), MILLI, MILLI, DAY, "spec.retry.timeout", to);
    return new RetryView(attempts, on, budget, timeout);
  }

  /** A try that may take as long as the request leaves no time for another. */
  private static void tries(RetryView retry, Duration request, Duration idle, Findings to) {
    if (retry.timeout() != null && retry.timeout().compareTo(request) >= 0) {
      to.unresolved(
          "NoTimeToRetry",
          "spec.retry.timeout",
          "timeout is not shorter than timeouts.request, so it has no effect; make it shorter");
    } else if (retry.timeout() == null
        && retry.attempts() > 0
        && retry.on().contains("Timeout")
        && idle.compareTo(request) >= 0) {
      to.unresolved(
          "NoTimeToRetry",
          "spec.retry.reasons",
          "a try may take as long as the request, so Timeout has no effect; set retry.timeout,"
              + " shorter than timeouts.request");
    }
  }

  private static @Nullable BreakerView breaker(@Nullable CircuitBreaker breaker, Findings to) {
    if (breaker == null) {
      return null;
    }
    String path = "spec.circuitBreaker.";
    return new BreakerView(
        breaker.failurePercent() == null ? 50 : breaker.failurePercent(),
        Durations.read(breaker.window(), Duration.ofSeconds(60), SECOND, HOUR, path + "window", to),
        breaker.minimumCalls() == null ? 20 : breaker.minimumCalls(),
        Durations.read(
            breaker.openFor(), Duration.ofSeconds(30), MILLI, HOUR, path + "openFor", to));
  }
}
