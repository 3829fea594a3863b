package dev.tollgate.operator.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
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
 * Signs certificates on the curve P-256, and is thrown away: its key is kept nowhere, so nobody can
 * sign another one. All of them, and its own, end at the same time. All texts are PEM.
 */
public final class Authority {

  /** Before their making, for clocks that are behind. */
  private static final Duration CLOCKS = Duration.ofHours(1);

  private static final int SERIAL_BITS = 127;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String unit;
  private final Instant begin;
  private final Instant end;
  private final KeyPair keys;
  private final X500Name name;

  /**
   * A certificate and its key.
   *
   * @param key in PKCS #8
   */
  public record Identity(String certificate, String key) {}

  /**
   * @param unit what the certificates are for, for whoever reads one
   */
  public Authority(String unit, Instant now, Duration lifetime) {
    this.unit = unit;
    this.begin = now.minus(CLOCKS);
    this.end = now.plus(lifetime);
    this.keys = keys();
    this.name = name("Tollgate " + serial().toString(Character.MAX_RADIX));
  }

  /** By which the others are trusted. */
  public String certificate() {
    var own = builder(name, keys);
    try {
      own.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      own.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    } catch (CertIOException e) {
      throw impossible(e);
    }
    return signed(own);
  }

  /**
   * Good for a server alone.
   *
   * @param host by which it is called
   */
  public Identity server(String host) {
    return identity(
        host, KeyPurposeId.id_kp_serverAuth, new GeneralName(GeneralName.dNSName, host));
  }

  /** Good for a client alone. */
  public Identity client(String called) {
    return identity(called, KeyPurposeId.id_kp_clientAuth, new GeneralName(name(called)));
  }

  private Identity identity(String called, KeyPurposeId purpose, GeneralName alternative) {
    var own = keys();
    var certificate = builder(name(called), own);
    try {
      certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      certificate.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      certificate.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      certificate.addExtension(
          Extension.subjectAlternativeName, false, new GeneralNames(alternative));
    } catch (CertIOException e) {
      throw impossible(e);
    }
    return new Identity(signed(certificate), pem("PRIVATE KEY", own.getPrivate().getEncoded()));
  }

  @SuppressWarnings("JavaUtilDate") // the library's
  private X509v3CertificateBuilder builder(X500Name subject, KeyPair of) {
    return new JcaX509v3CertificateBuilder(
        name, serial(), Date.from(begin), Date.from(end), subject, of.getPublic());
  }

  private String signed(X509v3CertificateBuilder certificate) {
    try {
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
      return pem("CERTIFICATE", certificate.build(signer).getEncoded());
    } catch (OperatorCreationException | IOException e) {
      throw impossible(e);
    }
  }

  private static KeyPair keys() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw impossible(e);
    }
  }

  private static IllegalStateException impossible(Exception e) {
    return new IllegalStateException("certificates on P-256 cannot be made", e);
  }

  private X500Name name(String common) {
    return new X500NameBuilder(BCStyle.INSTANCE)
        .addRDN(BCStyle.OU, unit)
        .addRDN(BCStyle.CN, common)
        .build();
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(0);
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
  }
}
