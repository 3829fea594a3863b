package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.gateway.Listener;
import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.operator.resolution.Programming;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Everything a GatewayPool consists of, computed from its spec alone. Names are {@code
 * <pool>-gateway}; all die with the pool but the claims of the usage log.
 */
final class GatewayResources {

  static final int HTTP_PORT = 8080;
  static final int MANAGEMENT_PORT = 8081;
  private static final String DATA = "data";
  private static final long USER = 10001;
  private static final int DRAIN_SECONDS = 60;

  private final GatewayPool pool;
  private final String image;
  private final SortedSet<String> secretNames;
  private final String name;
  private final int min;
  private final int max;

  /**
   * @param secretNames the Secrets the replicas may read, and no other
   */
  GatewayResources(GatewayPool pool, String image, SortedSet<String> secretNames) {
    this.pool = pool;
    this.image = pool.getSpec().image() == null ? image : pool.getSpec().image();
    this.secretNames = secretNames;
    this.name = pool.getMetadata().getName() + "-gateway";
    var replicas = pool.getSpec().replicas();
    this.min = replicas == null || replicas.min() == null ? 1 : replicas.min();
    this.max = replicas == null || replicas.max() == null ? min : Math.max(min, replicas.max());
  }

  String name() {
    return name;
  }

  List<HasMetadata> all() {
    List<HasMetadata> all = new ArrayList<>();
    all.add(new ServiceAccountBuilder().withMetadata(meta(name)).build());
    all.add(new RoleBuilder().withMetadata(meta(name)).withRules(rules()).build());
    all.add(
        new RoleBindingBuilder()
            .withMetadata(meta(name))
            .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
            .addNewSubject()
            .withKind("ServiceAccount")
            .withName(name)
            .withNamespace(pool.getMetadata().getNamespace())
            .endSubject()
            .build());
    all.add(headless());
    all.add(service());
    all.add(statefulSet());
    all.add(
        new PodDisruptionBudgetBuilder()
            .withMetadata(meta(name))
            .withNewSpec()
            .withMaxUnavailable(new IntOrString(1))
            .withNewSelector()
            .withMatchLabels(labels())
            .endSelector()
            .endSpec()
            .build());
    all.add(networkPolicy());
    if (max > min) {
      all.add(autoscaler());
    }
    return all;
  }

  boolean autoscaled() {
    return max > min;
  }

  private Map<String, String> labels() {
    return Map.of(
        Programming.POOL_LABEL,
        pool.getMetadata().getName(),
        "app.kubernetes.io/name",
        "tollgate-gateway");
  }

  private ObjectMeta meta(String called) {
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

  private List<PolicyRule> rules() {
    List<PolicyRule> rules = new ArrayList<>();
    rules.add(
        new PolicyRuleBuilder()
            .withApiGroups("tollgate.dev")
            .withResources(
                "tenants", "plans", "ratelimitpolicies", "apiroutes", "shardpools", "gatewaypools")
            .withVerbs("get", "list", "watch")
            .build());
    if (!secretNames.isEmpty()) {
      rules.add(
          new PolicyRuleBuilder()
              .withApiGroups("")
              .withResources("secrets")
              .withResourceNames(List.copyOf(secretNames))
              .withVerbs("get")
              .build());
    }
    return rules;
  }

  private List<Listener> listeners() {
    var listeners = pool.getSpec().listeners();
    return listeners == null || listeners.isEmpty()
        ? List.of(new Listener("http", HTTP_PORT, Protocol.HTTP, null, null))
        : listeners;
  }

  private Service service() {
    List<ServicePort> ports = new ArrayList<>();
    for (var listener : listeners()) {
      ports.add(
          new ServicePortBuilder()
              .withName(listener.name())
              .withPort(listener.port())
              .withTargetPort(new IntOrString("http"))
              .withProtocol("TCP")
              .build());
    }
    return new ServiceBuilder()
        .withMetadata(meta(name))
        .withNewSpec()
        .withSelector(labels())
        .withPorts(ports)
        .endSpec()
        .build();
  }

  private Service headless() {
    return new ServiceBuilder()
        .withMetadata(meta(name + "-replicas"))
        .withNewSpec()
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSelector(labels())
        .addNewPort()
        .withName("management")
        .withPort(MANAGEMENT_PORT)
        .withTargetPort(new IntOrString("management"))
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  private StatefulSet statefulSet() {
    var log = pool.getSpec().usageLog();
    var onNode = log != null && Boolean.TRUE.equals(log.emptyDir());
    List<Volume> volumes = new ArrayList<>();
    volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
    if (onNode) {
      volumes.add(new VolumeBuilder().withName(DATA).withNewEmptyDir().endEmptyDir().build());
    }
    var set =
        new StatefulSetBuilder()
            .withMetadata(meta(name))
            .withNewSpec()
            .withServiceName(name + "-replicas")
            .withPodManagementPolicy("Parallel")
            .withNewSelector()
            .withMatchLabels(labels())
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .withLabels(labels())
            .addToAnnotations("prometheus.io/scrape", "true")
            .addToAnnotations("prometheus.io/port", String.valueOf(MANAGEMENT_PORT))
            .addToAnnotations("prometheus.io/path", "/prometheus")
            .endMetadata()
            .withNewSpec()
            .withServiceAccountName(name)
            .withTerminationGracePeriodSeconds((long) DRAIN_SECONDS + 15)
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withRunAsUser(USER)
            .withRunAsGroup(USER)
            .withFsGroup(USER)
            .withFsGroupChangePolicy("OnRootMismatch")
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .addNewContainer()
            .withName("gateway")
            .withImage(image)
            .withImagePullPolicy("IfNotPresent")
            .withArgs("up")
            .withEnv(environment())
            .addNewPort()
            .withName("http")
            .withContainerPort(HTTP_PORT)
            .withProtocol("TCP")
            .endPort()
            .addNewPort()
            .withName("management")
            .withContainerPort(MANAGEMENT_PORT)
            .withProtocol("TCP")
            .endPort()
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
            .withResources(resources())
            .withNewSecurityContext()
            .withAllowPrivilegeEscalation(false)
            .withReadOnlyRootFilesystem(true)
            .withNewCapabilities()
            .withDrop("ALL")
            .endCapabilities()
            .endSecurityContext()
            .addNewVolumeMount()
            .withName("tmp")
            .withMountPath("/tmp")
            .endVolumeMount()
            .addNewVolumeMount()
            .withName(DATA)
            .withMountPath("/data")
            .endVolumeMount()
            .endContainer()
            .withVolumes(volumes)
            .endSpec()
            .endTemplate();
    if (!autoscaled()) {
      set.withReplicas(min);
    }
    if (!onNode) {
      set.withVolumeClaimTemplates(claim());
    }
    return set.endSpec().build();
  }

  private PersistentVolumeClaim claim() {
    var log = pool.getSpec().usageLog();
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

  private List<EnvVar> environment() {
    return List.of(
        variable("TOLLGATE_CLUSTER", "true"),
        new EnvVarBuilder()
            .withName("TOLLGATE_NAMESPACE")
            .withNewValueFrom()
            .withNewFieldRef()
            .withApiVersion("v1")
            .withFieldPath("metadata.namespace")
            .endFieldRef()
            .endValueFrom()
            .build(),
        variable("TOLLGATE_POOL", pool.getMetadata().getName()),
        variable("TOLLGATE_DATA", "/data"),
        variable("TOLLGATE_HTTP_PORT", String.valueOf(HTTP_PORT)),
        variable("TOLLGATE_MANAGEMENT_PORT", String.valueOf(MANAGEMENT_PORT)));
  }

  private static EnvVar variable(String key, String value) {
    return new EnvVarBuilder().withName(key).withValue(value).build();
  }

  private ResourceRequirements resources() {
    var asked =
        pool.getSpec().resources() == null ? Map.<String, String>of() : pool.getSpec().resources();
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

  private HasMetadata networkPolicy() {
    return new NetworkPolicyBuilder()
        .withMetadata(meta(name))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(labels())
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .addNewPort()
        .withProtocol("TCP")
        .withPort(new IntOrString("http"))
        .endPort()
        .endIngress()
        .addNewIngress()
        .addNewFrom()
        .withNewPodSelector()
        .endPodSelector()
        .endFrom()
        .addNewPort()
        .withProtocol("TCP")
        .withPort(new IntOrString("management"))
        .endPort()
        .endIngress()
        .endSpec()
        .build();
  }

  private HasMetadata autoscaler() {
    var replicas = pool.getSpec().replicas();
    var targets = replicas == null ? null : replicas.targets();
    var cpu = targets == null || targets.cpuPercent() == null ? 70 : targets.cpuPercent();
    var spec =
        new HorizontalPodAutoscalerBuilder()
            .withMetadata(meta(name))
            .withNewSpec()
            .withNewScaleTargetRef("apps/v1", "StatefulSet", name)
            .withMinReplicas(min)
            .withMaxReplicas(max)
            .addNewMetric()
            .withType("Resource")
            .withNewResource()
            .withName("cpu")
            .withNewTarget()
            .withType("Utilization")
            .withAverageUtilization(cpu)
            .endTarget()
            .endResource()
            .endMetric();
    if (targets != null && targets.requestsPerSecond() != null) {
      spec.addNewMetric()
          .withType("Pods")
          .withNewPods()
          .withNewMetric()
          .withName("tollgate_requests_per_second")
          .endMetric()
          .withNewTarget()
          .withType("AverageValue")
          .withAverageValue(new Quantity(targets.requestsPerSecond().toString()))
          .endTarget()
          .endPods()
          .endMetric();
    }
    return spec.endSpec().build();
  }
}
