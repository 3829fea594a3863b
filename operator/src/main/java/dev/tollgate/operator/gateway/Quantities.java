package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.resolve.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Checks amounts of processor, memory and storage before they reach the API server, which answers a
 * bad one in a server-side apply with status 500, as if it were its own fault.
 */
final class Quantities {

  private static final List<String> KNOWN = List.of("cpu", "memory", "cpuLimit", "memoryLimit");

  /** The grammar of apimachinery's resource.Quantity, less signs. */
  private static final Pattern QUANTITY =
      Pattern.compile("([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?");

  private Quantities() {}

  static List<Finding> check(GatewayPool pool) {
    List<Finding> findings = new ArrayList<>();
    var spec = pool.getSpec();
    var name = pool.getMetadata().getName();
    if (spec == null) {
      return findings;
    }
    var asked = new TreeMap<String, String>();
    if (spec.resources() != null) {
      spec.resources()
          .forEach((key, amount) -> {
            if (!KNOWN.contains(key)) {
              findings.add(
                  finding(
                      name,
                      "UnknownResource",
                      "'" + key + "' is none of " + String.join(", ", KNOWN) + "; correct it",
                      "spec.resources." + key));
            }
            asked.put("spec.resources." + key, amount);
          });
    }
    if (spec.usageLog() != null && spec.usageLog().storage() != null) {
      asked.put("spec.usageLog.storage", spec.usageLog().storage());
    }
    asked.forEach((path, amount) -> {
      if (!QUANTITY.matcher(amount).matches()) {
        findings.add(
            finding(
                name,
                "BadQuantity",
                "'" + amount + "' is no amount; write it like 500m, 2, 512Mi or 2Gi",
                path));
      }
    });
    return findings;
  }

  private static Finding finding(String pool, String reason, String message, String path) {
    return new Finding("GatewayPool", pool, "Accepted", reason, message, path);
  }
}
