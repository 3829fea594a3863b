package dev.tollgate.app.wiring;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.netty.NettySslContextBuilder;
import io.micronaut.http.server.netty.ssl.NettyServerSslFactory;
import io.netty.handler.ssl.util.SimpleKeyManagerFactory;
import jakarta.inject.Singleton;
import java.net.Socket;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Serves each caller the certificate of the name that it asks for (SNI, RFC 6066): one that has it,
 * else one with a wildcard in place of its first label (RFC 9525, 6.3), else the first of all.
 */
@Singleton
@Replaces(NettyServerSslFactory.class)
final class CertificateByName extends NettyServerSslFactory {

  @Override
  public NettySslContextBuilder serverBuilder() {
    return new NettySslContextBuilder(true) {
      @Override
      protected KeyManagerFactory createKeyManagerFactory() throws Exception {
        var all = super.createKeyManagerFactory();
        var store = keyStore();
        return store == null
            ? all
            : new Only(new ByName(store, (X509ExtendedKeyManager) all.getKeyManagers()[0]));
      }
    };
  }

  /** A factory of the one key manager that it is given. */
  private static final class Only extends SimpleKeyManagerFactory {
    private final KeyManager manager;

    Only(KeyManager manager) {
      this.manager = manager;
    }

    @Override
    protected void engineInit(KeyStore store, char[] password) {}

    @Override
    protected void engineInit(ManagerFactoryParameters parameters) {}

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {manager};
    }
  }

  /** Chooses among the aliases of a key store, in their order. Any thread. */
  private static final class ByName extends X509ExtendedKeyManager {
    /** The type of a subject alternative name that is a DNS name (RFC 5280, 4.2.1.6). */
    private static final Integer DNS_NAME = 2;

    private final X509ExtendedKeyManager keys;
    private final Map<String, List<String>> aliases = new HashMap<>();
    private final List<String> first;

    ByName(KeyStore store, X509ExtendedKeyManager keys) throws KeyStoreException {
      this.keys = keys;
      var all = Collections.list(store.aliases()).stream().sorted().toList();
      for (var alias : all) {
        for (var name : names((X509Certificate) store.getCertificate(alias))) {
          aliases.computeIfAbsent(name, n -> new ArrayList<>(1)).add(alias);
        }
      }
      this.first = all.subList(0, Math.min(1, all.size()));
    }

    private static List<String> names(X509Certificate certificate) {
      try {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null
            ? List.of()
            : names.stream()
                .filter(name -> name.getFirst().equals(DNS_NAME))
                .map(name -> name.get(1).toString().toLowerCase(Locale.ROOT))
                .toList();
      } catch (CertificateParsingException e) {
        return List.of();
      }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      // the best name decides even where a worse one has a key of a type that is asked for sooner
      for (var alias : aliases(asked(engine))) {
        if (keys.getCertificateChain(alias)[0].getPublicKey().getAlgorithm().equals(keyType)) {
          return alias;
        }
      }
      return null;
    }

    private List<String> aliases(String name) {
      var exact = aliases.get(name);
      if (exact != null) {
        return exact;
      }
      var dot = name.indexOf('.');
      return dot < 0 ? first : aliases.getOrDefault("*" + name.substring(dot), first);
    }

    /** The name that the caller asks for, in lower case; empty when it asks for none. */
    private static String asked(SSLEngine engine) {
      if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
        for (var name : session.getRequestedServerNames()) {
          if (name instanceof SNIHostName host) {
            return host.getAsciiName().toLowerCase(Locale.ROOT);
          }
        }
      }
      return "";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return keys.getPrivateKey(alias);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return keys.getServerAliases(keyType, issuers);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return keys.chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return keys.getClientAliases(keyType, issuers);
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
      return keys.chooseClientAlias(keyType, issuers, socket);
    }
  }
}
