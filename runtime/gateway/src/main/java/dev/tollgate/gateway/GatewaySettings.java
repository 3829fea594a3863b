package dev.tollgate.gateway;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * Settings of the gateway.
 *
 * @param pool the GatewayPool that this replica belongs to
 * @param httpHostnames of requests without TLS, with commas between; empty for any
 * @param httpsHostnames of requests with TLS
 * @param cacheBytes of all cached answers together; {@link #CACHE_BYTES} unless set
 * @param cacheEntryBytes of the longest body that is cached
 * @param replayBytes of the longest request body that is kept for a retry
 * @param answerHeaderBytes of all headers of a backend's answer together
 * @param head how long the head of a request may take to come
 * @param renew how often it is looked at whether what takes long may go on
 * @param farewell how long open connections are told to close with each answer before a replica
 *     that ends closes those that are idle
 * @param drain how long requests under way may take when the replica ends
 */
@ConfigurationProperties("tollgate.gateway")
public record GatewaySettings(
    String pool,
    @Bindable(defaultValue = "") String httpHostnames,
    @Bindable(defaultValue = "") String httpsHostnames,
    @Bindable(defaultValue = "-1") long cacheBytes,
    @Bindable(defaultValue = "1048576") int cacheEntryBytes,
    @Bindable(defaultValue = "65536") int replayBytes,
    @Bindable(defaultValue = "65536") int answerHeaderBytes,
    @Bindable(defaultValue = "30s") Duration head,
    @Bindable(defaultValue = "20s") Duration renew,
    @Bindable(defaultValue = "0s") Duration farewell,
    @Bindable(defaultValue = "60s") Duration drain) {

  /** What a cache of answers may take unless it is told: an eighth of the heap, 64 MiB at most. */
  public static final long CACHE_BYTES = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);

  public GatewaySettings {
    cacheBytes = cacheBytes < 0 ? CACHE_BYTES : cacheBytes;
  }
}
