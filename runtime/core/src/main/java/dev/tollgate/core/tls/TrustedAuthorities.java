package dev.tollgate.core.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trust in whoever has a certificate of some authorities. */
public final class TrustedAuthorities {

  private TrustedAuthorities() {}

  /**
   * @param pem certificates of the authorities
   * @throws GeneralSecurityException when there are none that can be read
   */
  public static X509ExtendedTrustManager of(byte[] pem)
      throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (var certificate :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem))) {
      store.setCertificateEntry(String.valueOf(store.size()), certificate);
    }
    if (store.size() == 0) {
      throw new CertificateException("no certificate");
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }
}
