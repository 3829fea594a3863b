package dev.tollgate.operator.management;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Certificates for the calls between the operator and the replicas of one pool, all in PEM, on the
 * curve P-256. Both are signed by an authority of their own whose key is kept nowhere, so nobody
 * can sign a third one.
 *
 * @param authority of who signed both
 * @param replica good for a server alone
 * @param operator good for a client alone
 */
record PoolCertificates(String authority, Identity replica, Identity operator) {

  static final Duration LIFETIME = Duration.ofDays(365);

  /** Before their making, for clocks that are behind. */
  private static final Duration CLOCKS = Duration.ofHours(1);

  private static final int SERIAL_BITS = 127;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * A certificate and its key.
   *
   * @param key in PKCS #8
   */
  record Identity(String certificate, String key) {}

  /**
   * Makes new ones.
   *
   * @param service the name by which replicas are called in the cluster
   */
  static PoolCertificates issue(String service, Instant now) {
    try {
      var authority = keys();
      var issuer = name("Tollgate " + serial().toString(Character.MAX_RADIX), service);
      var own = certificate(issuer, issuer, authority, now);
      own.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      own.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      var replica = keys();
      var server = certificate(issuer, name(service, service), replica, now);
      server.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, service)));
      var operator = keys();
      var client = certificate(issuer, name("operator", service), operator, now);
      return new PoolCertificates(
          signed(own, authority.getPrivate()),
          identity(server, KeyPurposeId.id_kp_serverAuth, replica, authority.getPrivate()),
          identity(client, KeyPurposeId.id_kp_clientAuth, operator, authority.getPrivate()));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("certificates on P-256", e);
    }
  }

  private static KeyPair keys() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static X500Name name(String common, String unit) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.OU, unit)
        .addRDN(BCStyle.CN, common)
        .build();
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(0);
  }

  @SuppressWarnings("JavaUtilDate") // the library's
  private static X509v3CertificateBuilder certificate(
      X500Name issuer, X500Name subject, KeyPair keys, Instant now) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        serial(),
        Date.from(now.minus(CLOCKS)),
        Date.from(now.plus(LIFETIME)),
        subject,
        keys.getPublic());
  }

  private static Identity identity(
      X509v3CertificateBuilder certificate,
      KeyPurposeId purpose,
      KeyPair keys,
      PrivateKey authority)
      throws CertIOException, IOException, OperatorCreationException {
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    certificate.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    certificate.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
    return new Identity(
        signed(certificate, authority), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }

  private static String signed(X509v3CertificateBuilder certificate, PrivateKey authority)
      throws IOException, OperatorCreationException {
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(authority);
    return pem("CERTIFICATE", certificate.build(signer).getEncoded());
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
  }

  /** A new token for what is the administrator's. */
  static String token() {
    var random = new byte[24];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
