package dev.tollgate.bench;

import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.BearerAuthenticator;
import dev.tollgate.core.access.IssuerKeys;
import dev.tollgate.core.access.JwtVerifier;
import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.KeyStore;
import dev.tollgate.core.access.MapKeyStore;
import dev.tollgate.core.access.Scopes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Who calls: by API key among 10,000, and by token that was seen before or never. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class AccessBenchmark {

  private static final int KEYS = 10_000;
  private static final int TOKENS = 20_000;
  private static final String ADDRESS = "192.0.2.1";

  /** An authenticator with everything it needs. */
  @State(Scope.Benchmark)
  public static class Callers {
    private final byte[] secret = new byte[32];
    private final World world = new World(100);
    private final KeyRing ring = new KeyRing(keys(), world, InstantSource.system());
    private final IssuerKeys issuers =
        new IssuerKeys(
            IssuerKeys.Rules.DEFAULT, InstantSource.system(), (ref, use) -> Optional.empty());
    final BearerAuthenticator authenticator;
    final String key;
    final String token;

    public Callers() {
      new SecureRandom().nextBytes(secret);
      authenticator =
          new BearerAuthenticator(
              ring,
              new JwtVerifier(
                  world, (ref, use) -> Optional.of(secret), issuers, InstantSource.system()));
      key = "Bearer " + ring.create("t-tenant-7", "bench", Set.of("*"), null).secret();
      token = "Bearer " + token("caller");
    }

    final String token(String subject) {
      var encoder = Base64.getUrlEncoder().withoutPadding();
      var claims =
          """
          {"iss":"%s7","aud":"a","sub":"%s","exp":%d}\
          """
              .formatted(World.ISSUER, subject, System.currentTimeMillis() / 1000 + 3600);
      var signed =
          encoder.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.US_ASCII))
              + "."
              + encoder.encodeToString(claims.getBytes(StandardCharsets.US_ASCII));
      try {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return signed
            + "."
            + encoder.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @TearDown
    public void close() {
      ring.close();
      issuers.close();
    }
  }

  /** Tokens that were never seen, made before each iteration. */
  @State(Scope.Benchmark)
  public static class NewTokens {
    private String[] tokens = new String[0];
    private int made;

    @Setup(Level.Iteration)
    public void make(Callers callers) {
      tokens = new String[TOKENS];
      for (int i = 0; i < TOKENS; i++) {
        tokens[i] = "Bearer " + callers.token("caller-" + made++);
      }
    }
  }

  /** Keys in memory; the store of a runtime is a database. */
  private static KeyStore keys() {
    var store = new MapKeyStore();
    for (int i = 0; i < KEYS; i++) {
      store.put(
          new KeyRecord(
              "t-tenant-" + i % 1000, // one may have fifty
              "%064x".formatted(i),
              "",
              Scopes.ALL,
              InstantSource.system().instant(),
              null,
              false));
    }
    return store;
  }

  private static Authentication granted(Callers callers, String header) {
    var outcome = callers.authenticator.authenticate(header, ADDRESS).toCompletableFuture().join();
    if (outcome instanceof Authentication.Refused refused) {
      throw new IllegalStateException(refused.problem().detail());
    }
    return outcome;
  }

  @Benchmark
  public Authentication anApiKey(Callers callers) {
    return granted(callers, callers.key);
  }

  @Benchmark
  public Authentication aTokenSeenBefore(Callers callers) {
    return granted(callers, callers.token);
  }

  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Warmup(iterations = 10)
  @Measurement(iterations = 10)
  @OperationsPerInvocation(TOKENS)
  public void aNewTokenOfHs256(Callers callers, NewTokens fresh, Blackhole seen) {
    for (var token : fresh.tokens) {
      seen.consume(granted(callers, token));
    }
  }
}
