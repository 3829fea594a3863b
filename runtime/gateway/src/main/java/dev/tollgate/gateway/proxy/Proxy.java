package dev.tollgate.gateway.proxy;

import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.Traces;
import dev.tollgate.gateway.backend.Failures;
import dev.tollgate.gateway.cache.ResponseCache;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.http.Upgrades;
import dev.tollgate.gateway.route.LiveRoute;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Sends admitted requests to backends; one {@link Call} or {@link Tunnel} each. */
@Singleton
public final class Proxy {

  /**
   * Methods that no backend is asked with: TRACE would show the caller what is added, credentials,
   * too; after CONNECT the connection belongs to its caller, and not to who comes next.
   */
  private static final Set<String> NOT_ONWARD = Set.of("TRACE", "CONNECT");

  private final Secrets secrets;
  private final Callers callers;
  private final Traces traces;
  private final ResponseCache cache;
  private final Tunnels tunnels;
  private final int replayBytes;

  Proxy(
      Secrets secrets, Callers callers, Traces traces, Tunnels tunnels, GatewaySettings settings) {
    this.secrets = secrets;
    this.callers = callers;
    this.traces = traces;
    this.tunnels = tunnels;
    this.replayBytes = settings.replayBytes();
    this.cache =
        new ResponseCache(
            settings.cacheBytes(), settings.cacheEntryBytes(), InstantSource.system());
  }

  Secrets secrets() {
    return secrets;
  }

  Callers callers() {
    return callers;
  }

  Traces traces() {
    return traces;
  }

  ResponseCache cache() {
    return cache;
  }

  /** The longest request body that is kept for another try, in bytes. */
  int replayBytes() {
    return replayBytes;
  }

  /**
   * Sends an admitted request to a backend of its route, and gives its answer, or why there is
   * none.
   */
  public CompletionStage<HttpResponse<?>> forward(
      HttpRequest<?> request, LiveRoute route, Admission admission) {
    var received = (NettyHttpRequest<?>) request;
    if (NOT_ONWARD.contains(received.getMethodName().toUpperCase(Locale.ROOT))) {
      var refused = Failures.notOnward(received.getMethodName());
      return CompletableFuture.completedFuture(Failures.answer(refused, admission));
    }
    var upgrade = Upgrades.asked(received);
    return upgrade.isEmpty()
        ? new Call(this, route, received, admission).start()
        : tunnels.open(received, route, admission, upgrade);
  }
}
