package dev.tollgate.core.tls;

import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.crd.common.SecretRef;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts a server whose certificate comes from the authorities in a Secret, and no other. The
 * Secret is looked at in each handshake, so that a new one is used at once.
 */
public final class SecretTrust extends X509ExtendedTrustManager {

  private final SecretRef ref;
  private final String use;
  private final Secrets secrets;
  private volatile @Nullable Authorities latest;

  private record Authorities(String pem, X509ExtendedTrustManager manager) {}

  /**
   * @param use of the Secret, which its label must name
   */
  public SecretTrust(SecretRef ref, String use, Secrets secrets) {
    this.ref = ref;
    this.use = use;
    this.secrets = secrets;
  }

  private X509ExtendedTrustManager authorities() throws CertificateException {
    var pem =
        secrets
            .read(ref, use)
            .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
            .orElseThrow(() ->
                new CertificateException(
                    "Secret %s with key %s, for use %s, is not there"
                        .formatted(ref.name(), ref.key(), use)));
    var known = latest;
    if (known == null || !known.pem().equals(pem)) {
      known = new Authorities(pem, read(pem));
      latest = known;
    }
    return known.manager();
  }

  private X509ExtendedTrustManager read(String pem) throws CertificateException {
    try {
      return TrustedAuthorities.of(pem.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException | IOException e) {
      throw new CertificateException(
          "key %s of Secret %s has no certificates in PEM".formatted(ref.key(), ref.name()), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities().checkServerTrusted(chain, type, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities().checkServerTrusted(chain, type, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities().checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("a server is no client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("a server is no client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a server is no client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
