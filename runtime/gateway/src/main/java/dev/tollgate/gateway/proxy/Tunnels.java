package dev.tollgate.gateway.proxy;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tls.SecretTrust;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.backend.Backend;
import dev.tollgate.gateway.caller.Callers;
import dev.tollgate.gateway.http.Upgrades;
import dev.tollgate.gateway.route.LiveRoute;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLException;

/**
 * Connections that leave HTTP/1.1 by an upgrade, such as WebSockets (RFC 9110, 7.8; RFC 6455). The
 * gateway admits the request, hands it to the backend, and once that has agreed passes bytes on in
 * both directions until either side ends; every extension and subprotocol works, since none is
 * looked at. It is one request to limits and ledger, with the bytes of both directions.
 */
@Singleton
final class Tunnels {

  private final Secrets secrets;
  private final Callers callers;
  private final SslContext tls;
  private final int headerBytes;

  Tunnels(Secrets secrets, Callers callers, GatewaySettings settings) throws SSLException {
    this.secrets = secrets;
    this.callers = callers;
    this.tls = SslContextBuilder.forClient().build();
    this.headerBytes = settings.answerHeaderBytes();
  }

  Secrets secrets() {
    return secrets;
  }

  Callers callers() {
    return callers;
  }

  /** The longest headers that an answer may have, in bytes. */
  int headerBytes() {
    return headerBytes;
  }

  /**
   * Never completes where the upgrade is agreed on: the connection is no longer HTTP's.
   *
   * @param protocols as {@link Upgrades#asked} says
   */
  CompletionStage<HttpResponse<?>> open(
      NettyHttpRequest<?> request, LiveRoute route, Admission admission, String protocols) {
    return new Handshake(this, request, route, admission, protocols).start();
  }

  SslContext tls(Backend backend) throws SSLException {
    var authorities = backend.view().authorities();
    return authorities == null
        ? tls
        : SslContextBuilder.forClient()
            .trustManager(new SecretTrust(authorities, SecretUse.UPSTREAM, secrets))
            .build();
  }
}
