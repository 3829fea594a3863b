package dev.tollgate.core.store;

import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.view.ShardPoolView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where the databases of a runtime are, as the shard pools that are served say: files of its own
 * (Embedded), or servers whose credentials are in Secrets (Managed, External).
 */
public final class StoreAddresses implements Function<String, Address> {

  // a server whose address is gone never says so: without a limit a reader waits for ever
  private static final String OPTIONS =
      "connectTimeout=3000&socketTimeout=20000&tcpKeepAlive=true&useBulkStmts=true";

  private final Supplier<? extends Serving> serving;
  private final Secrets secrets;
  private final Path directory;
  private final String gatewayPool;
  private final boolean cluster;

  /**
   * @param serving asked for only with an address: what is served may itself need a database
   * @param directory of the Embedded databases
   * @param gatewayPool whose platform database this is
   * @param cluster whether the platform database may be elsewhere than in the directory
   */
  public StoreAddresses(
      Supplier<? extends Serving> serving,
      Secrets secrets,
      Path directory,
      String gatewayPool,
      boolean cluster) {
    this.serving = serving;
    this.secrets = secrets;
    this.directory = directory;
    this.gatewayPool = gatewayPool;
    this.cluster = cluster;
  }

  /**
   * The address of the platform database or of a shard.
   *
   * @throws StoreException when it is not known, now
   */
  @Override
  public Address apply(String name) {
    if (!cluster && name.equals(Databases.PLATFORM)) {
      return Databases.embedded(directory, name);
    }
    if (serving.get().current().generation() == 0) {
      throw new StoreException("nothing is served yet, so no shard pool is known", null);
    }
    if (name.equals(Databases.PLATFORM)) {
      var pool = platform();
      return switch (pool.engine()) {
        case Embedded -> Databases.embedded(directory, name);
        case Managed, External -> server(pool, 0);
      };
    }
    var shard = Placement.server(name);
    for (var pool : serving.get().current().shared().shardPools().values()) {
      var number = pool.shardNames().indexOf(shard);
      if (number >= 0) {
        return switch (pool.engine()) {
          case Embedded -> Databases.embedded(directory, name);
          case Managed, External -> {
            var server = server(pool, number);
            yield name.equals(shard)
                ? server
                : dedicated(server, name.substring(shard.length() + 1));
          }
        };
      }
    }
    throw new StoreException("no shard pool has a shard named " + name, null);
  }

  private ShardPoolView platform() {
    var shared = serving.get().current().shared();
    var gateway = shared.gatewayPools().get(gatewayPool);
    var name = gateway == null ? "default" : gateway.platformShardPool();
    var pool = shared.shardPools().get(name);
    if (pool == null) {
      throw new StoreException("the shard pool " + name + " of the platform is not there", null);
    }
    return pool;
  }

  private Address server(ShardPoolView pool, int number) {
    return switch (pool.engine()) {
      case External -> {
        var shard = pool.external().get(number);
        yield new Address(url(shard.jdbcUrl()), shard.user(), read(shard.passwordSecretRef()));
      }
      default -> {
        var secret = Credentials.secret(pool.name(), number);
        yield new Address(
            url(read(new SecretRef(secret, Credentials.URL))),
            read(new SecretRef(secret, Credentials.USER)),
            read(new SecretRef(secret, Credentials.PASSWORD)),
            optional(new SecretRef(secret, Credentials.AUTHORITY)).orElse(null));
      }
    };
  }

  /** A database of a tenant's own on the shard's server, made at its first use. */
  private static Address dedicated(Address server, String tenantId) {
    var url =
        server.jdbcUrl().replaceFirst("^(jdbc:mariadb://[^/?]+)(/[^?]*)?", "$1/t_" + tenantId);
    return new Address(
        url + "&createDatabaseIfNotExist=true",
        server.user(),
        server.password(),
        server.authority());
  }

  /** MariaDB's driver speaks to MySQL too, under its own name. */
  private static String url(String url) {
    var mariadb = url.replaceFirst("^jdbc:mysql:", "jdbc:mariadb:");
    return mariadb + (mariadb.contains("?") ? "&" : "?") + OPTIONS;
  }

  private Optional<String> optional(SecretRef ref) {
    return secrets
        .read(ref, SecretUse.STORE)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private String read(SecretRef ref) {
    return optional(ref)
        .orElseThrow(() ->
            new StoreException(
                "the Secret "
                    + ref.name()
                    + " with the key "
                    + ref.key()
                    + " and the label tollgate.dev/use: "
                    + SecretUse.STORE
                    + " is not there",
                null));
  }
}
