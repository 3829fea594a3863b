package dev.tollgate.operator.gateway;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.crd.gateway.EnvVariable;
import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.RestrictedSecurity;
import dev.tollgate.operator.pod.Tolerations;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The StatefulSet of a pool and what one replica of it runs with.
 *
 * <p>A replica is replaced without a request dropped: it leaves the Service's endpoints when its
 * deletion begins, goes on taking requests for {@value #LEAVING_SECONDS} s while the nodes learn of
 * that, and only then gets SIGTERM. For {@value #FAREWELL_SECONDS} s more it tells those who call
 * on a connection that they keep open to close it, and then finishes what it has begun. The next
 * one is replaced once the new one has been ready for {@value #MIN_READY_SECONDS} s. A pool of one
 * replica has nobody to take over meanwhile.
 */
final class Replica {

  static final int MANAGEMENT_PORT = 8081;
  static final int OPERATOR_PORT = 8082;
  static final int LEAVING_SECONDS = 5;
  static final int FAREWELL_SECONDS = 3;
  static final int MIN_READY_SECONDS = 5;
  static final int DRAIN_SECONDS = 60;
  static final String DATA = "data";
  private static final String TLS = "TOLLGATE_TLS";
  private static final String OPERATOR = "operator";
  private static final int SPARE_SECONDS = 15;
  private static final int OWNER_AND_GROUP_READ = 0440;

  private final Owned owned;
  private final Image image;
  private final Listeners listeners;
  private final List<String> certificates;
  private final Predicate<String> permitted;

  /**
   * @param image the runtime's image where the pool names none
   * @param certificates the Secrets whose certificates are served
   * @param permitted whether variables may have their values from a Secret
   */
  Replica(Owned owned, Image image, List<String> certificates, Predicate<String> permitted) {
    this.permitted = permitted;
    this.owned = owned;
    this.image = image.or(owned.pool().getSpec().image());
    this.listeners = Listeners.of(owned.pool());
    this.certificates = certificates;
  }

  /** Whether the usage log is on the node and dies with the pod. */
  boolean logOnNode() {
    var log = owned.pool().getSpec().usageLog();
    return log != null && Boolean.TRUE.equals(log.emptyDir());
  }

  /** One node, or zone, that goes takes as few replicas with it as can be. */
  private TopologySpreadConstraint spread(String over) {
    return new TopologySpreadConstraintBuilder()
        .withMaxSkew(1)
        .withTopologyKey(over)
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withNewLabelSelector()
        .withMatchLabels(owned.labels())
        .endLabelSelector()
        .build();
  }

  /**
   * @param replicas how many, or null where the autoscaler says so
   */
  StatefulSet statefulSet(@Nullable Integer replicas) {
    var set =
        new StatefulSetBuilder()
            .withMetadata(owned.meta(owned.name()))
            .withNewSpec()
            .withReplicas(replicas)
            .withServiceName(owned.name() + "-replicas")
            .withPodManagementPolicy("Parallel")
            .withMinReadySeconds(MIN_READY_SECONDS)
            .withNewUpdateStrategy()
            .withType("RollingUpdate")
            .endUpdateStrategy()
            .withNewSelector()
            .withMatchLabels(owned.labels())
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels(owned.pool().getSpec().podLabels())
            .addToLabels(owned.labels())
            .addToAnnotations("prometheus.io/scrape", "true")
            .addToAnnotations("prometheus.io/port", String.valueOf(MANAGEMENT_PORT))
            .addToAnnotations("prometheus.io/path", "/prometheus")
            .addToAnnotations(owned.pool().getSpec().podAnnotations())
            .endMetadata()
            .withNewSpec()
            .withServiceAccountName(owned.name())
            .withTerminationGracePeriodSeconds(
                (long) LEAVING_SECONDS + FAREWELL_SECONDS + DRAIN_SECONDS + SPARE_SECONDS)
            .withTopologySpreadConstraints(
                spread("kubernetes.io/hostname"), spread("topology.kubernetes.io/zone"))
            .withNodeSelector(owned.pool().getSpec().nodeSelector())
            .withTolerations(Tolerations.of(owned.pool().getSpec().tolerations()))
            .withPriorityClassName(owned.pool().getSpec().priorityClassName())
            .withSecurityContext(podSecurity())
            .withImagePullSecrets(image.pullSecrets())
            .withContainers(gateway())
            .withVolumes(volumes())
            .endSpec()
            .endTemplate();
    if (!logOnNode()) {
      set.withVolumeClaimTemplates(claim());
    }
    return set.endSpec().build();
  }

  private Container gateway() {
    return container("gateway", "up")
        .withPorts(ports())
        .withNewLifecycle()
        .withNewPreStop()
        .withNewSleep((long) LEAVING_SECONDS)
        .endPreStop()
        .endLifecycle()
        .withNewStartupProbe()
        .withNewHttpGet()
        .withPath("/health/liveness")
        .withNewPort("management")
        .endHttpGet()
        .withPeriodSeconds(1)
        .withFailureThreshold(120)
        .endStartupProbe()
        .withNewLivenessProbe()
        .withNewHttpGet()
        .withPath("/health/liveness")
        .withNewPort("management")
        .endHttpGet()
        .withPeriodSeconds(10)
        .withTimeoutSeconds(5)
        .withFailureThreshold(6)
        .endLivenessProbe()
        .withNewReadinessProbe()
        .withNewHttpGet()
        .withPath("/health/readiness")
        .withNewPort("management")
        .endHttpGet()
        .withPeriodSeconds(2)
        .withTimeoutSeconds(2)
        .endReadinessProbe()
        .build();
  }

  /** The runtime's image with its settings, its data and nothing it does not need. */
  ContainerBuilder container(String called, String command) {
    return new ContainerBuilder()
        .withName(called)
        .withImage(image.name())
        .withImagePullPolicy(image.pullPolicy())
        .withArgs(command)
        .withEnv(environment())
        .withResources(resources())
        .withSecurityContext(RestrictedSecurity.container())
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withVolumeMounts(mounts());
  }

  Image image() {
    return image;
  }

  /** Restricted pod security, as the image's unprivileged user. */
  PodSecurityContext podSecurity() {
    return RestrictedSecurity.pod(image.user());
  }

  private List<ContainerPort> ports() {
    List<ContainerPort> ports = new ArrayList<>();
    ports.add(port("http", Listeners.HTTP_PORT));
    if (listeners.has(Protocol.HTTPS)) {
      ports.add(port("https", Listeners.HTTPS_PORT));
    }
    ports.add(port("management", MANAGEMENT_PORT));
    ports.add(port(OPERATOR, OPERATOR_PORT));
    return ports;
  }

  private static ContainerPort port(String called, int number) {
    return new ContainerPortBuilder()
        .withName(called)
        .withContainerPort(number)
        .withProtocol("TCP")
        .build();
  }

  private List<EnvVar> environment() {
    List<EnvVar> environment = new ArrayList<>();
    environment.add(variable("TOLLGATE_CLUSTER", "true"));
    environment.add(
        new EnvVarBuilder()
            .withName("TOLLGATE_NAMESPACE")
            .withNewValueFrom()
            .withNewFieldRef()
            .withApiVersion("v1")
            .withFieldPath("metadata.namespace")
            .endFieldRef()
            .endValueFrom()
            .build());
    environment.add(variable("TOLLGATE_POOL", owned.poolName()));
    environment.add(variable("TOLLGATE_DATA", "/data"));
    environment.add(variable("TOLLGATE_GATEWAY_FAREWELL", FAREWELL_SECONDS + "s"));
    environment.add(variable("TOLLGATE_HTTP_PORT", String.valueOf(Listeners.HTTP_PORT)));
    environment.add(variable("TOLLGATE_MANAGEMENT_PORT", String.valueOf(MANAGEMENT_PORT)));
    environment.add(variable("TOLLGATE_OPERATOR_PORT", String.valueOf(OPERATOR_PORT)));
    environment.add(variable("TOLLGATE_OPERATOR_DIRECTORY", "/" + OPERATOR));
    if (!certificates.isEmpty()) {
      environment.add(
          variable(
              TLS, certificates.stream().map(Replica::directory).collect(Collectors.joining(","))));
      environment.add(variable("TOLLGATE_HTTPS_PORT", String.valueOf(Listeners.HTTPS_PORT)));
    }
    for (var protocol : Protocol.values()) {
      var names = listeners.hostnames(protocol);
      if (!names.isEmpty()) {
        environment.add(variable("TOLLGATE_" + protocol + "_HOSTNAMES", String.join(",", names)));
      }
    }
    var asked = owned.pool().getSpec().env();
    if (asked != null) {
      asked.stream().map(this::variable).filter(Objects::nonNull).forEach(environment::add);
    }
    return environment;
  }

  /** One that the pool asks for, or null while its Secret may not be used. */
  private @Nullable EnvVar variable(EnvVariable asked) {
    var secret = asked.valueSecretRef();
    if (secret == null) {
      return variable(asked.name(), asked.value() == null ? "" : asked.value());
    }
    return permitted.test(secret.name())
        ? new EnvVarBuilder()
            .withName(asked.name())
            .withNewValueFrom()
            .withNewSecretKeyRef(secret.key(), secret.name(), true)
            .endValueFrom()
            .build()
        : null;
  }

  /** The Secrets whose certificates the replicas of a set serve. */
  static List<String> certificates(@Nullable StatefulSet set) {
    if (set == null) {
      return List.of();
    }
    return set.getSpec().getTemplate().getSpec().getContainers().stream()
        .flatMap(container -> container.getEnv().stream())
        .filter(variable -> TLS.equals(variable.getName()) && variable.getValue() != null)
        .flatMap(variable -> Stream.of(variable.getValue().split(",", -1)))
        .map(directory -> Path.of(directory).getFileName().toString())
        .toList();
  }

  private static EnvVar variable(String key, String value) {
    return new EnvVarBuilder().withName(key).withValue(value).build();
  }

  private static String directory(String secret) {
    return "/tls/" + secret;
  }

  private List<VolumeMount> mounts() {
    List<VolumeMount> mounts = new ArrayList<>();
    mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
    mounts.add(new VolumeMountBuilder().withName(DATA).withMountPath("/data").build());
    mounts.add(
        new VolumeMountBuilder()
            .withName(OPERATOR)
            .withMountPath("/" + OPERATOR)
            .withReadOnly(true)
            .build());
    var certificates = listeners.certificates();
    for (int i = 0; i < certificates.size(); i++) {
      mounts.add(
          new VolumeMountBuilder()
              .withName("tls-" + i)
              .withMountPath(directory(certificates.get(i)))
              .withReadOnly(true)
              .build());
    }
    return mounts;
  }

  private List<Volume> volumes() {
    var volumes = sharedVolumes();
    if (logOnNode()) {
      volumes.add(new VolumeBuilder().withName(DATA).withNewEmptyDir().endEmptyDir().build());
    }
    return volumes;
  }

  /**
   * Every volume but that of the data. A certificate that is missing does not keep a pod from
   * starting; the kubelet writes a new or changed one into the running pod.
   */
  List<Volume> sharedVolumes() {
    List<Volume> volumes = new ArrayList<>();
    volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
    volumes.add(
        new VolumeBuilder()
            .withName(OPERATOR)
            .withNewSecret()
            .withSecretName(PoolSecret.name(owned.poolName()))
            .withDefaultMode(OWNER_AND_GROUP_READ)
            .withItems(
                Stream.of(
                        PoolSecret.TOKEN,
                        PoolSecret.KEY,
                        PoolSecret.CERTIFICATE,
                        PoolSecret.AUTHORITIES)
                    .map(key -> new KeyToPath(key, null, key))
                    .toList())
            .endSecret()
            .build());
    var certificates = listeners.certificates();
    for (int i = 0; i < certificates.size(); i++) {
      volumes.add(
          new VolumeBuilder()
              .withName("tls-" + i)
              .withNewSecret()
              .withSecretName(certificates.get(i))
              .withDefaultMode(OWNER_AND_GROUP_READ)
              .withOptional(true)
              .endSecret()
              .build());
    }
    return volumes;
  }

  private PersistentVolumeClaim claim() {
    var log = owned.pool().getSpec().usageLog();
    var size = log == null || log.storage() == null ? "2Gi" : log.storage();
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(DATA)
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(log == null ? null : log.storageClassName())
        .withNewResources()
        .withRequests(Map.of("storage", new Quantity(size)))
        .endResources()
        .endSpec()
        .build();
  }

  private ResourceRequirements resources() {
    var own = owned.pool().getSpec().resources();
    var asked = own == null ? Map.<String, String>of() : own;
    var requirements =
        new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity(asked.getOrDefault("cpu", "100m")))
            .addToRequests("memory", new Quantity(asked.getOrDefault("memory", "256Mi")))
            .addToLimits("memory", new Quantity(asked.getOrDefault("memoryLimit", "768Mi")));
    if (asked.containsKey("cpuLimit")) {
      requirements.addToLimits("cpu", new Quantity(asked.get("cpuLimit")));
    }
    return requirements.build();
  }
}
