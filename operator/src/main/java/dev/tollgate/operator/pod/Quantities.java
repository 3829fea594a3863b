package dev.tollgate.operator.pod;

import dev.tollgate.crd.finding.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks amounts of processor, memory and storage before they reach the API server, which answers a
 * bad one in a server-side apply with status 500, as if it were its own fault.
 */
public final class Quantities {

  private static final List<String> KNOWN = List.of("cpu", "memory", "cpuLimit", "memoryLimit");

  /** The grammar of apimachinery's resource.Quantity, less signs. */
  private static final Pattern QUANTITY =
      Pattern.compile("([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?");

  private Quantities() {}

  /**
   * @param resources what the resource asks for in its spec.resources
   * @param storage an amount of storage, by the path of its field
   */
  public static List<Finding> check(
      String kind,
      String name,
      @Nullable Map<String, String> resources,
      Map<String, String> storage) {
    List<Finding> findings = new ArrayList<>();
    var asked = new TreeMap<>(storage);
    if (resources != null) {
      resources.forEach((key, amount) -> {
        if (!KNOWN.contains(key)) {
          findings.add(
              new Finding(
                  kind,
                  name,
                  "Accepted",
                  "UnknownResource",
                  "'" + key + "' is none of " + String.join(", ", KNOWN) + "; correct it",
                  "spec.resources." + key));
        }
        asked.put("spec.resources." + key, amount);
      });
    }
    asked.forEach((path, amount) -> {
      if (!QUANTITY.matcher(amount).matches()) {
        findings.add(
            new Finding(
                kind,
                name,
                "Accepted",
                "BadQuantity",
                "'" + amount + "' is no amount; write it like 500m, 2, 512Mi or 2Gi",
                path));
      }
    });
    return findings;
  }
}
