package dev.tollgate.operator.conditions;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tollgate.crd.common.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes an Event for each condition that changed for the worse, or back to good. */
public final class Events {

  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final int MAX_NOTE = 1000;
  private static final Duration AGAIN = Duration.ofSeconds(10);
  private static final int MOST_LATELY = 10_000;

  /** Conditions that tell of trouble when they are true. */
  private static final Set<String> TROUBLES = Set.of("RolledBack", "SampleRatioMismatch");

  /** Conditions that are told of when they are good again, too. */
  private static final Set<String> TOLD_WHEN_GOOD = Set.of("Ready", "Connected");

  /** Why a condition may be false though nothing is wrong. */
  private static final Set<String> QUIET = Set.of("Pending", "NotCrossed", "AsIntended");

  /**
   * What has just been said: a resource that is looked at again before the cache has its new status
   * would be told of twice.
   */
  private final Cache<Said, Boolean> lately =
      Caffeine.newBuilder().expireAfterWrite(AGAIN).maximumSize(MOST_LATELY).build();

  private final KubernetesClient client;
  private final String instance;

  private record Said(String uid, String reason, String note) {}

  public Events(KubernetesClient client, String instance) {
    this.client = client;
    this.instance = instance;
  }

  public void of(HasMetadata about, List<Condition> changed) {
    for (var condition : changed) {
      var no = condition.status().equals("False") && !QUIET.contains(condition.reason());
      var trouble = condition.status().equals("True") && TROUBLES.contains(condition.type());
      if (no || trouble) {
        write(about, "Warning", condition.reason(), condition.message());
      } else if (TOLD_WHEN_GOOD.contains(condition.type()) && condition.status().equals("True")) {
        write(about, "Normal", condition.reason(), condition.message());
      }
    }
  }

  /** Tells of something done. */
  public void note(HasMetadata about, String reason, String note) {
    write(about, "Normal", reason, note);
  }

  /** Tells of something that a person should look at. */
  public void warn(HasMetadata about, String reason, String note) {
    write(about, "Warning", reason, note);
  }

  private void write(HasMetadata about, String type, String reason, String note) {
    var meta = about.getMetadata();
    var said = new Said(String.valueOf(meta.getUid()), reason, note);
    if (lately.asMap().putIfAbsent(said, true) != null) {
      return;
    }
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withGenerateName(meta.getName() + "-")
            .withNamespace(meta.getNamespace())
            .endMetadata()
            .withRegarding(
                new ObjectReferenceBuilder()
                    .withApiVersion(about.getApiVersion())
                    .withKind(about.getKind())
                    .withName(meta.getName())
                    .withNamespace(meta.getNamespace())
                    .withUid(meta.getUid())
                    .build())
            .withEventTime(new MicroTime(MICROS.format(Instant.now())))
            .withType(type)
            .withReason(reason)
            .withAction("Reconcile")
            .withNote(note.length() > MAX_NOTE ? note.substring(0, MAX_NOTE) : note)
            .withReportingController("tollgate.dev/operator")
            .withReportingInstance(instance)
            .build();
    try {
      client.events().v1().events().inNamespace(meta.getNamespace()).resource(event).create();
    } catch (KubernetesClientException e) {
      lately.invalidate(said);
      LOG.warn(
          "An event about {}/{} was not written ({}); it is {}: {}",
          about.getKind(),
          meta.getName(),
          e.getMessage(),
          reason,
          note);
    }
  }
}
