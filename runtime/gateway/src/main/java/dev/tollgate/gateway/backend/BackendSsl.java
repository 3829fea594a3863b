package dev.tollgate.gateway.backend;

import dev.tollgate.core.tls.SecretTrust;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.client.HttpClientConfiguration;
import io.micronaut.http.client.netty.ssl.NettyClientSslFactory;
import io.micronaut.http.netty.NettySslContextBuilder;
import io.micronaut.http.ssl.CertificateProvider;
import io.micronaut.http.ssl.ClientSslConfiguration;
import io.netty.handler.ssl.util.TrustManagerFactoryWrapper;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** What a client is told of TLS when its backend has authorities of its own. */
final class BackendSsl extends ClientSslConfiguration {

  private static final String NAME = "backend-authorities";

  private final SecretTrust trust;

  BackendSsl(SecretTrust trust) {
    this.trust = trust;
    setTrustName(NAME);
  }

  /** Gives such a client its trust. */
  @Singleton
  @Replaces(NettyClientSslFactory.class)
  static final class Factory extends NettyClientSslFactory {
    @Override
    public NettySslContextBuilder builder(HttpClientConfiguration configuration) {
      return configuration.getSslConfiguration() instanceof BackendSsl own
          ? new Builder(own.trust)
          : super.builder(configuration);
    }
  }

  private static final class Builder extends NettySslContextBuilder {
    private final SecretTrust trust;

    Builder(SecretTrust trust) {
      super(false);
      this.trust = trust;
    }

    @Override
    protected TrustManagerFactory createTrustManagerFactory() {
      return new TrustManagerFactoryWrapper(trust);
    }
  }

  /** A client asks the factory for its trust only where a store has that name. */
  @Singleton
  @Named(NAME)
  static final class Store implements CertificateProvider {
    @Override
    public String getName() {
      return NAME;
    }

    @Override
    public Publisher<KeyStore> getKeyStore() {
      return Mono.fromCallable(() -> {
        var empty = KeyStore.getInstance(KeyStore.getDefaultType());
        empty.load(null, null);
        return empty;
      });
    }
  }
}
