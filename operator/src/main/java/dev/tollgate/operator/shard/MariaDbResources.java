package dev.tollgate.operator.shard;

import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.OperatorPeer;
import dev.tollgate.operator.pod.RestrictedSecurity;
import dev.tollgate.operator.pod.Tolerations;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.util.List;
import java.util.Map;

/**
 * One MariaDB of a Managed pool, {@code <pool>-<n>}. The claim holds what a tenant has paid for: it
 * has no owner and is kept when the pool is deleted.
 */
final class MariaDbResources {

  static final String POOL_LABEL = "tollgate.dev/shard-pool";
  static final int PORT = 3306;
  private static final int OWNER_AND_GROUP_READ = 0440;

  /** The port opens after crash recovery, which may replay a large log. */
  private static final int RECOVERY_SECONDS = 1800;

  private final ShardPool pool;
  private final int number;
  private final Image image;
  private final String name;

  MariaDbResources(ShardPool pool, int number, Image defaultImage) {
    this.pool = pool;
    this.number = number;
    this.image = defaultImage.or(pool.getSpec().image());
    this.name = pool.getMetadata().getName() + "-" + number;
  }

  String name() {
    return name;
  }

  Service service() {
    return new ServiceBuilder()
        .withMetadata(owned(name))
        .withNewSpec()
        .withClusterIP("None")
        .withSelector(labels(pool, number))
        .addNewPort()
        .withName("mysql")
        .withPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  /**
   * Who may connect: the pool's gateways, which are in its namespace, the Jobs that drain what they
   * left, and the operator, in its own namespace. The database itself connects to nobody. Policies
   * add up: whoever else is to connect, for a backup say, is let in by a NetworkPolicy of your own.
   */
  NetworkPolicy networkPolicy(String operatorNamespace) {
    return new NetworkPolicyBuilder()
        .withMetadata(owned(name))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(labels(pool, number))
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .addNewIngress()
        .addNewFrom()
        .withNewPodSelector()
        .addNewMatchExpression()
        .withKey("app.kubernetes.io/name")
        .withOperator("In")
        .withValues("tollgate-drain", "tollgate-gateway")
        .endMatchExpression()
        .endPodSelector()
        .endFrom()
        .addToFrom(OperatorPeer.in(operatorNamespace))
        .addNewPort()
        .withProtocol("TCP")
        .withPort(new IntOrString("mysql"))
        .endPort()
        .endIngress()
        .endSpec()
        .build();
  }

  /**
   * @param root the Secret that its pod reads; another one in its place restarts the pod, which
   *     then sets the passwords that are in it
   */
  StatefulSet statefulSet(Secret root) {
    return new StatefulSetBuilder()
        .withMetadata(owned(name))
        .withNewSpec()
        .withReplicas(1)
        .withServiceName(name)
        .withNewSelector()
        .withMatchLabels(labels(pool, number))
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels(pool, number))
        .addToAnnotations("tollgate.dev/root-secret", root.getMetadata().getUid())
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .withTerminationGracePeriodSeconds(60L)
        .withNodeSelector(pool.getSpec().nodeSelector())
        .withTolerations(Tolerations.of(pool.getSpec().tolerations()))
        .withPriorityClassName(pool.getSpec().priorityClassName())
        .withImagePullSecrets(image.pullSecrets())
        .withSecurityContext(RestrictedSecurity.pod(image.user()))
        .addNewContainer()
        .withName("mariadb")
        .withImage(image.name())
        .withImagePullPolicy(image.pullPolicy())
        .withCommand("sh", "-c", MariaDbScript.START)
        .withEnv(
            List.of(
                secret(MariaDbScript.A_PASSWORD, RuntimeUser.A.key()),
                secret(MariaDbScript.B_PASSWORD, RuntimeUser.B.key()),
                secret(MariaDbScript.OPERATOR_PASSWORD, ShardSecrets.OPERATOR_KEY)))
        .addNewPort()
        .withName("mysql")
        .withContainerPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .withNewStartupProbe()
        .withNewTcpSocket()
        .withNewPort("mysql")
        .endTcpSocket()
        .withPeriodSeconds(2)
        .withFailureThreshold(RECOVERY_SECONDS / 2)
        .endStartupProbe()
        .withNewReadinessProbe()
        .withNewExec()
        .withCommand("sh", "-c", MariaDbScript.ANSWERS)
        .endExec()
        .withPeriodSeconds(5)
        .withTimeoutSeconds(5)
        .endReadinessProbe()
        .withNewLivenessProbe()
        .withNewTcpSocket()
        .withNewPort("mysql")
        .endTcpSocket()
        .withPeriodSeconds(10)
        .withFailureThreshold(6)
        .endLivenessProbe()
        .withSecurityContext(RestrictedSecurity.container())
        .addNewVolumeMount()
        .withName("data")
        .withMountPath(MariaDbScript.DATA)
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("run")
        .withMountPath(MariaDbScript.RUN)
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tls")
        .withMountPath(MariaDbScript.TLS)
        .withReadOnly(true)
        .endVolumeMount()
        .endContainer()
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName("run")
        .withNewEmptyDir()
        .withMedium("Memory")
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName("tls")
        .withNewSecret()
        .withSecretName(ShardSecrets.rootName(pool, number))
        .withDefaultMode(OWNER_AND_GROUP_READ)
        .addNewItem(ShardSecrets.KEY, null, ShardSecrets.KEY)
        .addNewItem(ShardSecrets.CERTIFICATE, null, ShardSecrets.CERTIFICATE)
        .endSecret()
        .endVolume()
        .endSpec()
        .endTemplate()
        .withVolumeClaimTemplates(claim())
        .endSpec()
        .build();
  }

  private PersistentVolumeClaim claim() {
    var size = pool.getSpec().storage() == null ? "10Gi" : pool.getSpec().storage();
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName("data")
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(pool.getSpec().storageClassName())
        .withNewResources()
        .withRequests(Map.of("storage", new Quantity(size)))
        .endResources()
        .endSpec()
        .build();
  }

  private EnvVar secret(String variable, String key) {
    return new EnvVarBuilder()
        .withName(variable)
        .withNewValueFrom()
        .withNewSecretKeyRef(key, ShardSecrets.rootName(pool, number), false)
        .endValueFrom()
        .build();
  }

  static Map<String, String> labels(ShardPool pool, int number) {
    return Map.of(
        POOL_LABEL,
        pool.getMetadata().getName(),
        "tollgate.dev/shard",
        pool.getMetadata().getName() + "-" + number,
        "app.kubernetes.io/name",
        "tollgate-mariadb");
  }

  private ObjectMeta owned(String called) {
    return new ObjectMetaBuilder()
        .withName(called)
        .withNamespace(pool.getMetadata().getNamespace())
        .withLabels(labels(pool, number))
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .withOwnerReferences(Owner.of(pool))
        .build();
  }
}
