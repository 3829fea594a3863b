package dev.tollgate.operator.management;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.core.tls.ServerCertificate;
import dev.tollgate.core.tls.TrustedAuthorities;
import dev.tollgate.operator.SecretData;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Clients for the replicas of pools, each with what is in the pool's {@link PoolSecret}: it is read
 * when it is first needed, and again when a handshake fails, for it may have been renewed. Any
 * thread that may block.
 */
public final class PoolClients implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final String namespace;
  private final Map<String, Known> clients = new ConcurrentHashMap<>();

  /**
   * @param version of the Secret that it was made of
   */
  private record Known(String version, HttpClient http) {}

  public PoolClients(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /**
   * Sends a request to a replica of a pool.
   *
   * @throws IOException when it does not answer in time, one of both does not know the other, or
   *     this thread is interrupted
   */
  public HttpResponse<String> send(String pool, HttpRequest request) throws IOException {
    var known = clients.get(pool);
    if (known == null) {
      known = read(pool);
    }
    try {
      return send(known.http(), request);
    } catch (SSLException e) {
      var now = read(pool);
      if (now.version().equals(known.version())) {
        throw e;
      }
      return send(now.http(), request);
    }
  }

  private static HttpResponse<String> send(HttpClient http, HttpRequest request)
      throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the operator is stopping");
    }
  }

  /** A client of what the Secret has now; the one that is known where that is the same. */
  private Known read(String pool) throws IOException {
    var secret = client.secrets().inNamespace(namespace).withName(PoolSecret.name(pool)).get();
    var data = ManagementSecret.read(secret).orElse(Map.of());
    var version = secret == null ? "" : secret.getMetadata().getResourceVersion();
    var before = clients.get(pool);
    if (before != null && version.equals(before.version())) {
      return before;
    }
    try {
      var known = new Known(version, client(data));
      var replaced = clients.put(pool, known);
      if (replaced != null) {
        replaced.http().shutdown();
      }
      return known;
    } catch (GeneralSecurityException e) {
      throw new IOException("Secret " + PoolSecret.name(pool) + " has no certificates yet", e);
    }
  }

  private static HttpClient client(Map<String, String> data)
      throws GeneralSecurityException, IOException {
    var own =
        ServerCertificate.read(
            decoded(data, PoolSecret.OPERATOR_CERTIFICATE), decoded(data, PoolSecret.OPERATOR_KEY));
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("operator", own.key(), new char[0], own.chain().toArray(Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    var tls = SSLContext.getInstance("TLSv1.3");
    tls.init(
        managers.getKeyManagers(),
        new TrustManager[] {
          new OfPool(TrustedAuthorities.of(decoded(data, PoolSecret.AUTHORITIES)))
        },
        null);
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT)
        .sslContext(tls)
        .build();
  }

  private static byte[] decoded(Map<String, String> data, String key)
      throws GeneralSecurityException {
    var value = data.get(key);
    if (value == null) {
      throw new GeneralSecurityException("there is no " + key);
    }
    return SecretData.bytes(value);
  }

  @Override
  public void close() {
    clients.values().forEach(known -> known.http().shutdownNow());
  }

  /**
   * Trusts who has a certificate of the pool's authority, by whatever address it was called: the
   * addresses of pods change, and the authority has signed for nobody but this pool.
   */
  private static final class OfPool extends X509ExtendedTrustManager {
    private final X509TrustManager authority;

    OfPool(X509TrustManager authority) {
      this.authority = authority;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      authority.checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      authority.checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      authority.checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("the operator is no server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authority.getAcceptedIssuers();
    }
  }
}
