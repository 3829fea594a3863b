package dev.tollgate.operator.shard;

import dev.tollgate.crd.shard.ShardPool;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * One MariaDB of a Managed pool, {@code <pool>-<n>}. The credentials and the claim hold what a
 * tenant has paid for: they have no owner and are kept when the pool is deleted.
 */
final class MariaDbResources {

  static final String POOL_LABEL = "tollgate.dev/shard-pool";
  private static final int PORT = 3306;
  private static final long USER = 999;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ShardPool pool;
  private final int number;
  private final String image;
  private final String name;

  MariaDbResources(ShardPool pool, int number, String defaultImage) {
    this.pool = pool;
    this.number = number;
    this.image = pool.getSpec().image() == null ? defaultImage : pool.getSpec().image();
    this.name = pool.getMetadata().getName() + "-" + number;
  }

  String name() {
    return name;
  }

  String credentialsName() {
    return pool.getMetadata().getName() + "-credentials-" + number;
  }

  /** New credentials, made once; never written to a log, a status or an event. */
  Secret credentials() {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(credentialsName())
        .withNamespace(pool.getMetadata().getNamespace())
        .withLabels(labels())
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .endMetadata()
        .withType("Opaque")
        .addToData("root-password", random())
        .addToData("user", encode("tollgate"))
        .addToData("password", random())
        .build();
  }

  Service service() {
    return new ServiceBuilder()
        .withMetadata(owned(name))
        .withNewSpec()
        .withClusterIP("None")
        .withSelector(labels())
        .addNewPort()
        .withName("mysql")
        .withPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  StatefulSet statefulSet() {
    return new StatefulSetBuilder()
        .withMetadata(owned(name))
        .withNewSpec()
        .withReplicas(1)
        .withServiceName(name)
        .withNewSelector()
        .withMatchLabels(labels())
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels())
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .withTerminationGracePeriodSeconds(60L)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(USER)
        .withRunAsGroup(USER)
        .withFsGroup(USER)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewContainer()
        .withName("mariadb")
        .withImage(image)
        .withImagePullPolicy("IfNotPresent")
        .withEnv(
            List.of(
                secret("MARIADB_ROOT_PASSWORD", "root-password"),
                secret("MARIADB_USER", "user"),
                secret("MARIADB_PASSWORD", "password"),
                new EnvVarBuilder().withName("MARIADB_DATABASE").withValue("tollgate").build()))
        .addNewPort()
        .withName("mysql")
        .withContainerPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .withNewReadinessProbe()
        .withNewTcpSocket()
        .withNewPort("mysql")
        .endTcpSocket()
        .withPeriodSeconds(2)
        .endReadinessProbe()
        .withNewLivenessProbe()
        .withNewTcpSocket()
        .withNewPort("mysql")
        .endTcpSocket()
        .withInitialDelaySeconds(60)
        .withPeriodSeconds(10)
        .withFailureThreshold(6)
        .endLivenessProbe()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .addNewVolumeMount()
        .withName("data")
        .withMountPath("/var/lib/mysql")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("run")
        .withMountPath("/run/mysqld")
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
        .endEmptyDir()
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
        .withNewSecretKeyRef(key, credentialsName(), false)
        .endValueFrom()
        .build();
  }

  private Map<String, String> labels() {
    return Map.of(
        POOL_LABEL,
        pool.getMetadata().getName(),
        "tollgate.dev/shard",
        name,
        "app.kubernetes.io/name",
        "tollgate-mariadb");
  }

  private ObjectMeta owned(String called) {
    return new ObjectMetaBuilder()
        .withName(called)
        .withNamespace(pool.getMetadata().getNamespace())
        .withLabels(labels())
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .addNewOwnerReference()
        .withApiVersion(pool.getApiVersion())
        .withKind(pool.getKind())
        .withName(pool.getMetadata().getName())
        .withUid(pool.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .endOwnerReference()
        .build();
  }

  private static String random() {
    var bytes = new byte[24];
    RANDOM.nextBytes(bytes);
    return encode(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
