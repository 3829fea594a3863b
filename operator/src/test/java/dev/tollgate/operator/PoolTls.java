package dev.tollgate.operator;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.tls.ServerCertificate;
import dev.tollgate.core.tls.TrustedAuthorities;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** TLS of what is in the Secret of a pool. */
final class PoolTls {

  private PoolTls() {}

  /** As a replica has it. */
  static SSLContext ofReplica(Secret secret) {
    return of(secret, PoolSecret.CERTIFICATE, PoolSecret.KEY);
  }

  private static SSLContext of(Secret secret, String certificate, String key) {
    try {
      var own = ServerCertificate.read(data(secret, certificate), data(secret, key));
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", own.key(), new char[0], own.chain().toArray(Certificate[]::new));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      var trust = TrustedAuthorities.of(data(secret, PoolSecret.AUTHORITIES));
      var tls = SSLContext.getInstance("TLSv1.3");
      tls.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
      return tls;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] data(Secret secret, String key) {
    return Base64.getDecoder().decode(secret.getData().get(key));
  }
}
