package dev.tollgate.operator;

import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.resolution.Rounds;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which namespaces the operator may read. Those that it may not are looked at again every ten
 * seconds, on a thread of its own.
 */
final class Permissions implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Permissions.class);
  private static final Duration EVERY = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final Set<String> granted = new TreeSet<>();
  private final Set<String> missing = new TreeSet<>();
  private final Rounds rounds = new Rounds("permissions");

  Permissions(KubernetesClient client, Set<String> namespaces) {
    this.client = client;
    for (var namespace : namespaces) {
      if (mayRead(namespace)) {
        granted.add(namespace);
      } else {
        missing.add(namespace);
        LOG.warn(
            "Namespace {} may not be read, so nothing is done there: it is gone, or its Role"
                + " tollgate-operator is. Take it out of watchNamespaces, or upgrade the release"
                + " once the namespace is there",
            namespace);
      }
    }
  }

  /** Those that could be read at the start. */
  Set<String> granted() {
    return granted;
  }

  /** How many could not be read at the start, and still cannot. */
  int missing() {
    return missing.size();
  }

  /** Calls {@code changed} once, when one that could not be read at the start can be. */
  void whenMoreIsGranted(Runnable changed) {
    if (!missing.isEmpty()) {
      rounds.start(EVERY, () -> look(changed));
    }
  }

  private void look(Runnable changed) {
    var more = missing.stream().filter(this::mayRead).findFirst();
    if (more.isPresent()) {
      LOG.info("Namespace {} may be read now", more.get());
      missing.clear();
      changed.run();
    }
  }

  private boolean mayRead(String namespace) {
    try {
      var _ =
          client
              .resources(Tenant.class)
              .inNamespace(namespace)
              .list(new ListOptionsBuilder().withLimit(1L).build());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
