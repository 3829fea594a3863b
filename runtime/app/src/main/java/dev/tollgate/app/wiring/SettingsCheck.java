package dev.tollgate.app.wiring;

import io.micronaut.core.convert.ConversionService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the settings in the environment before anything is started: the framework takes the
 * default where it cannot read a value, and passes over a name that it does not know.
 */
public final class SettingsCheck {

  private static final String PREFIX = "TOLLGATE_";

  /**
   * Whole numbers (int, long) and durations, none below zero; and {@code true} or {@code false}.
   */
  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          Map.entry("tollgate.gateway.head", Duration.class),
          Map.entry("tollgate.gateway.renew", Duration.class),
          Map.entry("tollgate.gateway.farewell", Duration.class),
          Map.entry("tollgate.gateway.drain", Duration.class),
          Map.entry("tollgate.gateway.answer-header-bytes", int.class),
          Map.entry("tollgate.gateway.replay-bytes", int.class),
          Map.entry("tollgate.gateway.cache-bytes", long.class),
          Map.entry("tollgate.gateway.cache-entry-bytes", int.class),
          Map.entry("tollgate.models.max-request-bytes", long.class),
          Map.entry("tollgate.models.held-request-bytes", long.class),
          Map.entry("tollgate.models.reserve-output-tokens", long.class),
          Map.entry("tollgate.models.cache-bytes", long.class),
          Map.entry("tollgate.own-api.requests-per-second", long.class),
          Map.entry("tollgate.own-api.requests-at-once", long.class),
          Map.entry("tollgate.keys.kept", Duration.class),
          Map.entry("tollgate.webhooks.any-address", boolean.class),
          Map.entry("tollgate.empty-file-stays", Duration.class),
          Map.entry("tollgate.json.max-size", long.class),
          Map.entry("tollgate.json.max-depth", int.class),
          Map.entry("tollgate.json.max-key-bytes", int.class),
          Map.entry("tollgate.json.diff-max-size", int.class),
          Map.entry("tollgate.json.diff-max-values", int.class),
          Map.entry("tollgate.json.diff-concurrency", int.class));

  /**
   * Those of the command line, of the launcher and of the operator; whoever reads them checks them.
   */
  private static final Set<String> OTHERS =
      Set.of(
          "TOLLGATE_CACHE",
          "TOLLGATE_CLUSTER",
          "TOLLGATE_DATA",
          "TOLLGATE_DIRECTORY",
          "TOLLGATE_GATEWAY_POOL",
          "TOLLGATE_HTTPS_HOSTNAMES",
          "TOLLGATE_HTTPS_PORT",
          "TOLLGATE_HTTP_HOSTNAMES",
          "TOLLGATE_HTTP_PORT",
          "TOLLGATE_IMAGE_BASE",
          "TOLLGATE_JAVA_OPTS",
          "TOLLGATE_LOG_LEVEL",
          "TOLLGATE_MANAGEMENT_PORT",
          "TOLLGATE_NAMESPACE",
          "TOLLGATE_OPERATOR_PORT",
          "TOLLGATE_POOL",
          "TOLLGATE_SOURCE",
          "TOLLGATE_TLS");

  /** What Kubernetes tells each container of a Service whose name begins with tollgate. */
  private static final Pattern SERVICE =
      Pattern.compile(
          PREFIX + "(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_[A-Z]+(_[A-Z]+)?)?)");

  private SettingsCheck() {}

  /** The settings that are looked at, by their names. */
  static Set<String> names() {
    return TYPES.keySet();
  }

  /**
   * Looks at all variables of this program.
   *
   * @return names that are not known, each as a sentence
   * @throws IllegalArgumentException naming each variable whose value cannot be read
   */
  public static List<String> check(Map<String, String> environment) {
    Map<String, Class<?>> types = new HashMap<>();
    TYPES.forEach((name, type) -> types.put(variable(name), type));
    List<String> wrong = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    new TreeMap<>(environment)
        .forEach((name, value) -> {
          var type = types.get(name);
          if (type != null) {
            var wanted = wanted(type, value);
            if (wanted != null) {
              wrong.add("%s is '%s', and must be %s".formatted(name, value, wanted));
            }
          } else if (name.startsWith(PREFIX)
              && !OTHERS.contains(name)
              && !SERVICE.matcher(name).matches()) {
            unknown.add("There is no setting " + name + "; docs/settings.md has them all");
          }
        });
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", wrong));
    }
    return unknown;
  }

  private static String variable(String setting) {
    return setting.replaceAll("[.-]", "_").toUpperCase(Locale.ROOT);
  }

  /** Null where the value is good. */
  private static @Nullable String wanted(Class<?> type, String value) {
    if (type == boolean.class) {
      return Set.of("true", "false").contains(value) ? null : "true or false";
    }
    var read = ConversionService.SHARED.convert(value, type);
    if (type == Duration.class) {
      boolean good = read.filter(d -> d instanceof Duration time && !time.isNegative()).isPresent();
      return good ? null : "a duration such as 200ms, 30s, 5m or 90d";
    }
    boolean good =
        read.filter(n -> n instanceof Number number && number.longValue() >= 0).isPresent();
    return good
        ? null
        : "a whole number from 0 to " + (type == int.class ? Integer.MAX_VALUE : Long.MAX_VALUE);
  }
}
