package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.model.ModelBackend;
import dev.tollgate.crd.model.ModelProvider;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.model.ServedModel;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.HeaderView;
import dev.tollgate.crd.view.ModelBackendView;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Backends of a model route. One whose server is missing is left out. */
final class ModelBackendResolution {
  private static final int PORT = 11434;

  private ModelBackendResolution() {}

  static List<ModelBackendView> resolve(
      List<ModelBackend> backends, Map<String, ModelServer> servers, Findings to) {
    if (backends.isEmpty()) {
      to.refuse("NoBackend", "spec.backends", "calls have nowhere to go; add a backend");
      return List.of();
    }
    List<ModelBackendView> views = new ArrayList<>(backends.size());
    Set<String> names = new HashSet<>();
    Map<Integer, Long> weights = new TreeMap<>();
    for (int i = 0; i < backends.size(); i++) {
      ModelBackend backend = backends.get(i);
      String path = "spec.backends[" + i + "]";
      BackendResolution.unique(backend.name(), names, path, to);
      weights.merge(priority(backend), (long) weight(backend), Long::sum);
      if (responses(backend) && backend.provider() != ModelProvider.OpenAI) {
        to.refuse(
            "NotOfProvider",
            path + ".responses",
            "only a backend of provider OpenAI can have responses; remove it");
      }
      URI url = url(backend, servers, path, to);
      List<HeaderView> headers = BackendResolution.headers(backend.headers(), path, to);
      if (url != null) {
        views.add(
            view(backend, url, Urls.authorities(backend.caSecretRef(), url, path, to), headers));
      }
    }
    weights.forEach((priority, sum) -> {
      if (sum == 0) {
        to.refuse(
            "AllWeightsZero",
            "spec.backends",
            "every backend of priority "
                + priority
                + " has weight 0, so none is asked; give one a weight of at least 1");
      }
    });
    return List.copyOf(views);
  }

  private static ModelBackendView view(
      ModelBackend backend, URI url, @Nullable SecretRef authorities, List<HeaderView> headers) {
    return new ModelBackendView(
        backend.name(),
        backend.provider(),
        url,
        authorities,
        backend.model(),
        backend.keySecretRef(),
        headers,
        responses(backend),
        priority(backend),
        weight(backend),
        backend.maxConcurrent() == null ? 64 : backend.maxConcurrent(),
        backend.maxPending() == null ? 256 : backend.maxPending(),
        backend.server());
  }

  private static boolean responses(ModelBackend backend) {
    return Boolean.TRUE.equals(backend.responses());
  }

  private static int priority(ModelBackend backend) {
    return backend.priority() == null ? 0 : backend.priority();
  }

  private static int weight(ModelBackend backend) {
    return backend.weight() == null ? 1 : backend.weight();
  }

  private static @Nullable URI url(
      ModelBackend backend, Map<String, ModelServer> servers, String path, Findings to) {
    String server = backend.server();
    if ((backend.url() == null) == (server == null)) {
      to.refuse(
          "UrlOrServer",
          path,
          server == null
              ? "the backend has neither url nor server; set one of them"
              : "the backend has both url and server; keep one of them");
      return null;
    }
    if (backend.url() != null) {
      return Urls.http(backend.url(), path + ".url", to);
    }
    if (backend.provider() == ModelProvider.Anthropic) {
      to.refuse(
          "ProviderNotServed",
          path + ".provider",
          "a ModelServer does not speak Anthropic's protocol; use provider: Ollama or OpenAI");
      return null;
    }
    ModelServer found = servers.get(server);
    if (found == null || found.getSpec() == null) {
      to.unresolved(
          "ModelServerNotFound",
          path + ".server",
          "ModelServer " + server + " is not there; create it or name another");
      return null;
    }
    if (found.getSpec().models().stream()
        .noneMatch(m -> ServedModel.tagged(m.name()).equals(ServedModel.tagged(backend.model())))) {
      to.unresolved(
          "ModelNotOnServer",
          path + ".model",
          "ModelServer "
              + server
              + " does not hold "
              + backend.model()
              + "; add it to spec.models there or name another");
      return null;
    }
    return URI.create(
        "http://"
            + ModelServerResolution.service(String.valueOf(server))
            + ":"
            + PORT
            + (backend.provider() == ModelProvider.OpenAI ? "/v1" : ""));
  }
}
