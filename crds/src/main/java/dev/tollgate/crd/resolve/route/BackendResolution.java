package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.route.Backend;
import dev.tollgate.crd.route.HeaderValue;
import dev.tollgate.crd.route.When;
import dev.tollgate.crd.value.Names;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.BackendView;
import dev.tollgate.crd.view.HeaderView;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Backends of a route. */
final class BackendResolution {
  private static final Set<String> BUILTINS = Set.of("JsonTool");
  private static final String JSON_TOOL = "/v1/tools/json";
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");

  private static final Pattern LABEL =
      Pattern.compile(
          "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");

  /** What the gateway itself sets, or what belongs to one connection (RFC 9110, 7.6.1). */
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "forwarded",
          "host",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private BackendResolution() {}

  static List<BackendView> resolve(List<Backend> backends, Findings to) {
    if (backends.isEmpty()) {
      to.refuse("NoBackend", "spec.backends", "requests have nowhere to go; add a backend");
      return List.of();
    }
    List<BackendView> views = new ArrayList<>(backends.size());
    Set<String> names = new HashSet<>();
    long weights = 0;
    for (int i = 0; i < backends.size(); i++) {
      Backend backend = backends.get(i);
      String path = "spec.backends[" + i + "]";
      unique(backend.name(), names, path, to);
      BackendView view = one(backend, path, to);
      weights += view.weight();
      views.add(view);
    }
    if (weights == 0) {
      to.refuse(
          "AllWeightsZero",
          "spec.backends",
          "every backend has weight 0, so none is asked; give one a weight of at least 1");
    }
    return List.copyOf(views);
  }

  /** Refuses a backend whose name is among those before it, and adds it to them. */
  static void unique(String name, Set<String> names, String path, Findings to) {
    if (!names.add(name)) {
      to.refuse("DuplicateName", path + ".name", "two backends are named " + name + "; rename one");
    }
  }

  /** A built-in product answers on its own paths alone. */
  static void builtins(List<BackendView> backends, String path, Findings to) {
    boolean there = path.equals(JSON_TOOL) || path.startsWith(JSON_TOOL + "/");
    if (!there
        && backends.stream().anyMatch(b -> b.url() == null && "JsonTool".equals(b.builtin()))) {
      to.refuse(
          "BadPath",
          "spec.match.path",
          "the built-in product JsonTool answers under "
              + JSON_TOOL
              + " alone, and 404 elsewhere; write path: "
              + JSON_TOOL);
    }
  }

  private static BackendView one(Backend backend, String path, Findings to) {
    URI url = null;
    if ((backend.url() == null) == (backend.builtin() == null)) {
      to.refuse(
          "UrlOrBuiltin",
          path,
          backend.url() == null
              ? "the backend has neither url nor builtin; set one of them"
              : "the backend has both url and builtin; keep one of them");
    } else if (backend.url() != null) {
      url = Urls.backend(backend.url(), path + ".url", to);
    } else if (!BUILTINS.contains(backend.builtin())) {
      to.refuse(
          "UnknownBuiltin",
          path + ".builtin",
          "there is no built-in product '" + backend.builtin() + "'; known: JsonTool");
    }
    When when = backend.when();
    return new BackendView(
        backend.name(),
        url,
        Urls.authorities(backend.caSecretRef(), url, path, to),
        backend.builtin(),
        backend.weight() == null ? 1 : backend.weight(),
        backend.region(),
        backend.version(),
        headers(backend.headers(), path, to),
        when == null || when.requestsPerSecondAbove() == null ? 0 : when.requestsPerSecondAbove(),
        when == null ? null : when.region(),
        when == null ? null : when.version(),
        labels(when == null ? null : when.tenantLabels(), path, to),
        backend.maxConnections() == null ? 64 : backend.maxConnections(),
        backend.maxPending() == null ? 256 : backend.maxPending());
  }

  private static Map<String, String> labels(
      @Nullable Map<String, String> labels, String path, Findings to) {
    if (labels == null) {
      return Map.of();
    }
    labels.forEach((key, value) -> {
      if (!LABEL.matcher(key).matches() || !LABEL_VALUE.matcher(value).matches()) {
        to.refuse(
            "BadLabel",
            path + ".when.tenantLabels",
            "no resource can have the label '"
                + Names.printable(key)
                + ": "
                + Names.printable(value)
                + "'; write it like tier: gold or example.com/tier: gold");
      }
    });
    return Map.copyOf(labels);
  }

  /** Headers that are set on the way to the backend at {@code path}. */
  static List<HeaderView> headers(@Nullable List<HeaderValue> headers, String path, Findings to) {
    if (headers == null) {
      return List.of();
    }
    List<HeaderView> views = new ArrayList<>(headers.size());
    Set<String> names = new HashSet<>();
    for (int i = 0; i < headers.size(); i++) {
      HeaderValue header = headers.get(i);
      String at = path + ".headers[" + i + "]";
      String name = header.name().toLowerCase(Locale.ROOT);
      if (!TOKEN.matcher(header.name()).matches()) {
        to.refuse(
            "BadHeader", at + ".name", "this is not a header name; use letters, digits and -");
      } else if (RESERVED.contains(name)) {
        to.refuse(
            "HeaderNotAllowed",
            at + ".name",
            "the gateway itself sets " + header.name() + "; remove it");
      } else if (!names.add(name)) {
        to.refuse("DuplicateName", at + ".name", header.name() + " is set twice; keep one");
      }
      if ((header.value() == null) == (header.valueSecretRef() == null)) {
        to.refuse(
            "HeaderValue", at, "a header has either value or valueSecretRef; give exactly one");
      } else if (header.value() != null
          && header.value().chars().anyMatch(BackendResolution::bad)) {
        to.refuse("BadHeader", at + ".value", "the value holds control characters; remove them");
      }
      views.add(new HeaderView(header.name(), header.value(), header.valueSecretRef()));
    }
    return List.copyOf(views);
  }

  private static boolean bad(int c) {
    return (c < 0x20 && c != '\t') || c >= 0x7f;
  }
}
