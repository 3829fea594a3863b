package dev.tollgate.core.events;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Resolves names for connections to URLs that tenants gave, and fails for addresses that are not
 * public: loopback, link-local, private, shared, multicast and reserved ones. What is checked is
 * the address that is then connected to, so a name whose answer changes gains nothing.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA's special-purpose
 *     addresses, IPv4</a>
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">the same, IPv6</a>
 */
public final class PublicAddresses extends AddressResolverGroup<InetSocketAddress> {

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Checked(executor, DefaultAddressResolverGroup.INSTANCE.getResolver(executor));
  }

  private static final class Checked implements AddressResolver<InetSocketAddress> {
    private final EventExecutor executor;
    private final AddressResolver<InetSocketAddress> names;

    Checked(EventExecutor executor, AddressResolver<InetSocketAddress> names) {
      this.executor = executor;
      this.names = names;
    }

    @Override
    public boolean isSupported(SocketAddress address) {
      return true;
    }

    /** Never: an address that is known already is checked like any other. */
    @Override
    public boolean isResolved(SocketAddress address) {
      return false;
    }

    @Override
    public Future<InetSocketAddress> resolve(SocketAddress address) {
      return resolve(address, executor.newPromise());
    }

    @Override
    public Future<InetSocketAddress> resolve(
        SocketAddress address, Promise<InetSocketAddress> promise) {
      var _ =
          names
              .resolve(address)
              .addListener(
                  (FutureListener<InetSocketAddress>)
                      found -> {
                        if (!found.isSuccess()) {
                          promise.tryFailure(found.cause());
                        } else if (isPublic(found.getNow().getAddress())) {
                          promise.trySuccess(found.getNow());
                        } else {
                          promise.tryFailure(refused(found.getNow()));
                        }
                      });
      return promise;
    }

    @Override
    public Future<List<InetSocketAddress>> resolveAll(SocketAddress address) {
      return resolveAll(address, executor.newPromise());
    }

    @Override
    public Future<List<InetSocketAddress>> resolveAll(
        SocketAddress address, Promise<List<InetSocketAddress>> promise) {
      var _ =
          names
              .resolveAll(address)
              .addListener(
                  (FutureListener<List<InetSocketAddress>>)
                      found -> {
                        if (!found.isSuccess()) {
                          promise.tryFailure(found.cause());
                          return;
                        }
                        var open =
                            found.getNow().stream().filter(a -> isPublic(a.getAddress())).toList();
                        if (open.isEmpty()) {
                          promise.tryFailure(refused(found.getNow().getFirst()));
                        } else {
                          promise.trySuccess(open);
                        }
                      });
      return promise;
    }

    @Override
    public void close() {
      names.close();
    }
  }

  private static UnknownHostException refused(InetSocketAddress address) {
    return new UnknownHostException(
        address.getHostString()
            + " is not a public address, and others are never called for a tenant");
  }

  /** Whether an address belongs to the internet at large. */
  public static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    var bytes = address.getAddress();
    return address instanceof Inet4Address ? isPublic4(bytes, 0) : isPublic6(bytes);
  }

  private static boolean isPublic4(byte[] bytes, int at) {
    int a = bytes[at] & 0xff;
    int b = bytes[at + 1] & 0xff;
    int c = bytes[at + 2] & 0xff;
    return !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && (b & 0xc0) == 64) // shared, RFC 6598
        || (a == 169 && b == 254)
        || (a == 172 && (b & 0xf0) == 16)
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b & 0xfe) == 18) // benchmarks, RFC 2544
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224);
  }

  private static boolean isPublic6(byte[] bytes) {
    int first = (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
    int second = (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    if (first == 0x2002) { // 6to4 leads to the IPv4 address in it, RFC 3056
      return isPublic4(bytes, 2);
    }
    // 2000::/3 is what is given out, but for tunnels, documentation and the like in it
    return (first & 0xe000) == 0x2000
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000);
  }
}
