package dev.tollgate.operator;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.tls.ServerCertificate;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

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
      var trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (var authority :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(data(secret, PoolSecret.AUTHORITIES)))) {
        trusted.setCertificateEntry("authority-" + trusted.size(), authority);
      }
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      var tls = SSLContext.getInstance("TLSv1.3");
      tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return tls;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] data(Secret secret, String key) {
    return Base64.getDecoder().decode(secret.getData().get(key));
  }
}
