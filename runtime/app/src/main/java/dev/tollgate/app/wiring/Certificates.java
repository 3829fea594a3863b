package dev.tollgate.app.wiring;

import dev.tollgate.core.tls.ServerCertificate;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.ssl.CertificateProvider;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Sinks;

/**
 * The certificates of the port with TLS: of each directory {@code tls.key} and {@code tls.crt} in
 * PEM, as a mounted {@code kubernetes.io/tls} Secret has them. All are read again every half
 * minute, so a new or renewed one needs no restart. One that cannot be read, or whose key belongs
 * to another certificate, keeps none of the others from being served, and what was good of it is
 * served on.
 */
@Singleton
@Named(Certificates.NAME)
@Requires(property = Certificates.DIRECTORIES)
public final class Certificates implements CertificateProvider {

  static final String NAME = "gateway";
  static final String DIRECTORIES = "tollgate.certificates";

  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);
  private static final int READ_SECONDS = 30;

  private final List<String> directories;
  private final Sinks.Many<KeyStore> stores = Sinks.many().replay().latest();
  private Map<String, ServerCertificate> served = Map.of();
  private volatile Map<String, String> unreadable = Map.of();

  /**
   * @throws IllegalStateException when none can be read
   */
  Certificates(
      @Property(name = DIRECTORIES) List<String> directories, RuntimeFactory.Periodic periodic) {
    this.directories = directories;
    read();
    if (served.isEmpty()) {
      throw new IllegalStateException("no certificate can be served: " + unreadable.values());
    }
    periodic.every(READ_SECONDS, this::read);
  }

  /** By their aliases the first comes first. */
  static String alias(int index) {
    return NAME + "-%04d".formatted(index);
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public Publisher<KeyStore> getKeyStore() {
    return stores.asFlux();
  }

  /** What is wrong with each that was not taken up the last time. */
  public List<String> unreadable() {
    return List.copyOf(unreadable.values());
  }

  /** Reads all again; connections that are made from now on have what is new. */
  public synchronized void read() {
    var now = new TreeMap<>(served);
    Map<String, String> failed = new TreeMap<>();
    for (int i = 0; i < directories.size(); i++) {
      try {
        now.put(alias(i), ServerCertificate.in(Path.of(directories.get(i))));
      } catch (ServerCertificate.MismatchException e) {
        failed.put(alias(i), directories.get(i) + ": " + e.getMessage());
      } catch (GeneralSecurityException | IOException e) {
        failed.put(
            alias(i),
            directories.get(i) + " has no tls.key and tls.crt that can be read: " + cause(e));
      }
    }
    failed.forEach((alias, why) -> {
      if (!why.equals(unreadable.get(alias))) {
        LOG.warn("{}; it is read again every {} s", why, READ_SECONDS);
      }
    });
    unreadable = failed;
    if (!now.equals(served)) {
      served = now;
      stores.tryEmitNext(store(now)).orThrow();
    }
  }

  private static String cause(Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.toString();
  }

  private static KeyStore store(Map<String, ServerCertificate> certificates) {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (var entry : certificates.entrySet()) {
        store.setKeyEntry(
            entry.getKey(),
            entry.getValue().key(),
            null,
            entry.getValue().chain().toArray(Certificate[]::new));
      }
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a key store in memory", e);
    }
  }
}
