package dev.tollgate.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The metrics that the chart's alerts and dashboards ask Prometheus for. */
public final class ChartMetrics {

  private static final Pattern NAME =
      Pattern.compile("\\b(?:tollgate|gen_ai_(?:server|client)|jvm|process|operator_sdk)_[a-z_]+");

  private ChartMetrics() {}

  /**
   * Their names, in order. One that a query matches by a pattern is there as far as its text goes.
   *
   * @param root the root of the sources
   */
  public static Set<String> names(Path root) throws IOException {
    var names = new TreeSet<String>();
    try (var files = Files.walk(root.resolve("helm/tollgate/monitoring"))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        NAME.matcher(Files.readString(file)).results().map(MatchResult::group).forEach(names::add);
      }
    }
    return names;
  }

  /** Whether a name is of a metric that the operator alone has. */
  public static boolean isOperators(String name) {
    return name.startsWith("operator_sdk_") || name.startsWith("tollgate_operator_");
  }
}
