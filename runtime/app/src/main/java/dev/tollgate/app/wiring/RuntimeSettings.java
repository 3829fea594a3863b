package dev.tollgate.app.wiring;

import io.micronaut.context.annotation.ConfigurationProperties;
import java.time.Duration;

/**
 * Where a runtime reads and writes.
 *
 * @param data directory of databases and logs
 * @param source {@code directory} or {@code cluster}
 * @param directory of manifests
 * @param emptyFileStays how long the resources of a file stay that an editor has just emptied
 * @param namespace of the resources in a cluster
 * @param pool the GatewayPool it belongs to
 */
@ConfigurationProperties("tollgate")
public record RuntimeSettings(
    String data,
    String source,
    String directory,
    Duration emptyFileStays,
    String namespace,
    String pool) {

  boolean cluster() {
    return source.equals("cluster");
  }
}
