package dev.tollgate.core.tls;

import io.micronaut.core.io.ResourceResolver;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.ssl.SslBuilder;
import io.micronaut.http.ssl.SslConfiguration;
import io.micronaut.http.ssl.SslConfigurationException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.interfaces.RSAKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A certificate, with those above it, and the private key that belongs to it.
 *
 * @param chain the certificate, then each that its predecessor is signed by
 */
public record ServerCertificate(PrivateKey key, List<Certificate> chain) {

  /** Where a directory or a Secret of type {@code kubernetes.io/tls} has the key. */
  public static final String KEY = "tls.key";

  /** Where it has the certificate, and after it those above. */
  public static final String CHAIN = "tls.crt";

  /** What OpenSSL puts before a key of an elliptic curve, though the key says it, too. */
  private static final Pattern PARAMETERS =
      Pattern.compile("-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----");

  /** The key is not that of the certificate, so no handshake with the two would succeed. */
  public static final class MismatchException extends GeneralSecurityException {
    private static final long serialVersionUID = 1;

    private MismatchException() {
      super("the key in " + KEY + " is not that of the certificate in " + CHAIN);
    }
  }

  public ServerCertificate {
    chain = List.copyOf(chain);
  }

  /**
   * Reads both in PEM: the key in PKCS #8, PKCS #1 or SEC 1.
   *
   * @throws MismatchException when they do not belong together
   * @throws GeneralSecurityException when they cannot be read
   */
  public static ServerCertificate read(byte[] chain, byte[] key) throws GeneralSecurityException {
    var store = new Pem(Map.of(CHAIN, chain, KEY, withoutParameters(key))).read();
    var alias = store.aliases().nextElement();
    var certificates = store.getCertificateChain(alias);
    if (certificates == null
        || certificates.length == 0
        || !(store.getKey(alias, null) instanceof PrivateKey own)) {
      throw new GeneralSecurityException("there is no certificate or no key");
    }
    if (!belongs(own, certificates[0].getPublicKey())) {
      throw new MismatchException();
    }
    return new ServerCertificate(own, List.of(certificates));
  }

  /**
   * Reads both from a directory.
   *
   * @throws MismatchException when they do not belong together
   * @throws GeneralSecurityException when they cannot be read
   */
  public static ServerCertificate in(Path directory) throws GeneralSecurityException, IOException {
    return read(
        Files.readAllBytes(directory.resolve(CHAIN)), Files.readAllBytes(directory.resolve(KEY)));
  }

  private static byte[] withoutParameters(byte[] key) {
    return PARAMETERS
        .matcher(new String(key, StandardCharsets.ISO_8859_1))
        .replaceFirst("")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static boolean belongs(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    if (key instanceof RSAKey own && certified instanceof RSAKey other) {
      return own.getModulus().equals(other.getModulus());
    }
    var algorithm = key.getAlgorithm();
    if (!algorithm.equals(certified.getAlgorithm())) {
      return false;
    }
    var signature = Signature.getInstance(algorithm.equals("EC") ? "SHA256withECDSA" : algorithm);
    var text = "anything".getBytes(StandardCharsets.US_ASCII);
    signature.initSign(key);
    signature.update(text);
    var signed = signature.sign();
    try {
      signature.initVerify(certified);
      signature.update(text);
      return signature.verify(signed);
    } catch (SignatureException | InvalidKeyException e) {
      // of another curve
      return false;
    }
  }

  /** Micronaut's reading of PEM, from memory. */
  private static final class Pem extends SslBuilder<KeyStore> {

    Pem(Map<String, byte[]> files) {
      super(
          new ResourceResolver() {
            @Override
            public Optional<InputStream> getResourceAsStream(String path) {
              return Optional.ofNullable(files.get(path)).map(ByteArrayInputStream::new);
            }
          });
    }

    /** A store of the one key and its certificates. */
    KeyStore read() throws GeneralSecurityException {
      var configuration = new SslConfiguration();
      configuration.getKeyStore().setKeyPath(KEY);
      configuration.getKeyStore().setCertificatePath(CHAIN);
      try {
        return build(configuration).orElseThrow();
      } catch (RuntimeException e) {
        throw new GeneralSecurityException("no key and certificate in PEM", e);
      }
    }

    @Override
    public Optional<KeyStore> build(SslConfiguration configuration) {
      try {
        return getKeyStore(configuration);
      } catch (Exception e) {
        throw new SslConfigurationException(e);
      }
    }

    @Override
    public Optional<KeyStore> build(SslConfiguration configuration, HttpVersion version) {
      return build(configuration);
    }
  }
}
