package dev.tollgate.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of several operators leads: the one that holds the lease. One that is stopped gives it up,
 * so that another goes on at once; one that loses it ends, since another may lead already.
 */
final class Election {

  private static final Logger LOG = LoggerFactory.getLogger(Election.class);
  private static final String LEASE = "tollgate-operator";

  /**
   * So long a leader that says nothing stays the leader. The others look every two to four and a
   * half seconds: one of them leads after fifteen at the latest.
   */
  private static final Duration DURATION = Duration.ofSeconds(10);

  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(7);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final String namespace;
  private final String instance;
  private volatile boolean stopping;
  private volatile boolean leads;

  Election(KubernetesClient client, String namespace, String instance) {
    this.client = client;
    this.namespace = namespace;
    this.instance = instance;
  }

  LeaderElectionConfiguration configuration() {
    return new LeaderElectionConfiguration(
        LEASE,
        namespace,
        DURATION,
        RENEW_DEADLINE,
        RETRY_PERIOD,
        instance,
        new LeaderCallbacks(() -> leads = true, this::lost, leader -> {}),
        false);
  }

  /** Whether this one is elected. */
  boolean leads() {
    return leads;
  }

  private void lost() {
    leads = false;
    if (!stopping) {
      LOG.error("The lease is lost, so this operator ends");
      Runtime.getRuntime().halt(1);
    }
  }

  /** From now on it is meant that this operator leads no more. */
  void stopping() {
    stopping = true;
  }

  /** Once nothing is done any more; the SDK would let the lease run out. */
  void release() {
    var leases = client.leases().inNamespace(namespace);
    try {
      var lease = leases.withName(LEASE).get();
      if (lease != null && instance.equals(lease.getSpec().getHolderIdentity())) {
        lease.getSpec().setHolderIdentity("");
        leases.resource(lease).update();
      }
    } catch (KubernetesClientException e) {
      LOG.warn("The lease was not given up, and runs out: {}", e.getMessage());
    }
  }
}
