package dev.tollgate.gateway.proxy;

import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.backend.Backend;
import dev.tollgate.gateway.body.RawBody;
import dev.tollgate.gateway.cache.ResponseCache;
import dev.tollgate.gateway.cache.ResponseCache.Found;
import dev.tollgate.gateway.cache.ResponseCache.Resource;
import dev.tollgate.gateway.cache.StoredResponse;
import dev.tollgate.gateway.http.Headers;
import dev.tollgate.gateway.http.ProblemResponses;
import dev.tollgate.gateway.http.RequestTarget;
import dev.tollgate.gateway.route.LiveRoute;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the response cache does for one request of a route that has one: answers it, helps to ask
 * the backend, keeps its answer. {@code Cache-Status} (RFC 9211) tells the caller which.
 */
final class CacheStep {

  private static final String STATUS = "Cache-Status";
  private static final String NAME = "tollgate";

  private final ResponseCache cache;
  private final NettyHttpRequest<?> request;
  private final LiveRoute route;
  private final Admission admission;
  private final Resource resource;
  private final boolean lookup;
  private final ResponseCache.Asked asked;
  private @Nullable StoredResponse stale;
  private String origin = "";

  private CacheStep(
      ResponseCache cache,
      LiveRoute route,
      NettyHttpRequest<?> request,
      Admission admission,
      boolean lookup) {
    this.cache = cache;
    this.route = route;
    this.request = request;
    this.admission = admission;
    this.lookup = lookup;
    var host = request.getHeaders().get(HttpHeaders.HOST);
    var target = RequestTarget.of(request);
    var path = target.path() + target.search();
    this.resource =
        new Resource(
            route.view().name(),
            route.audience(request.getHeaders(), admission.principal().tenant()),
            // the backend is told the host, and may answer each as it likes; no path has a space
            host == null ? path : path + " " + host.toLowerCase(Locale.ROOT));
    this.asked = cache.asked(resource);
  }

  /** Null where the route has no cache. */
  static @Nullable CacheStep of(
      ResponseCache cache, LiveRoute route, NettyHttpRequest<?> request, Admission admission) {
    if (route.view().cacheFor() == null) {
      return null;
    }
    var headers = request.getHeaders();
    return new CacheStep(
        cache,
        route,
        request,
        admission,
        reads(request)
            && headers.get(HttpHeaders.RANGE) == null
            && request.byteBody().expectedLength().orElse(-1) == 0);
  }

  private static boolean reads(NettyHttpRequest<?> request) {
    var method = request.getMethodName();
    return method.equals("GET") || method.equals("HEAD");
  }

  private String tenant() {
    return admission.principal().tenant().tenantId();
  }

  private ResponseCache.Headers headers() {
    return name -> request.getHeaders().getAll(name);
  }

  /** An answer that needs no backend, or null. */
  @Nullable HttpResponse<?> ready() {
    if (!lookup) {
      return null;
    }
    return switch (cache.find(tenant(), resource, headers(), route::has)) {
      case Found.Fresh fresh -> {
        route.meters().cached("hit");
        yield stored(fresh.response(), "hit");
      }
      case Found.OnlyIfCached _ -> {
        admission.end(Outcome.COMPLETE, 504);
        yield ResponseHeaders.add(
            ProblemResponses.of(
                Problem.of(
                    504,
                    "not-cached",
                    "Not cached",
                    "only-if-cached was asked, and no answer is kept that is fresh enough."),
                admission.id()),
            admission);
      }
      case Found.Stale old -> {
        stale = old.response();
        yield null;
      }
      case Found.Nothing _ -> null;
    };
  }

  /** Adds the conditions under which the backend that is asked need not answer in full. */
  void ask(MutableHttpHeaders onward, Backend backend) {
    origin = backend.origin();
    var old = stale;
    if (old == null
        || onward.contains(HttpHeaders.IF_NONE_MATCH)
        || onward.contains(HttpHeaders.IF_MODIFIED_SINCE)) {
      stale = old == null ? null : withoutConditions(old, onward);
      return;
    }
    var tag = old.header(HttpHeaders.ETAG);
    var modified = old.header(HttpHeaders.LAST_MODIFIED);
    if (tag != null) {
      onward.set(HttpHeaders.IF_NONE_MATCH, tag);
    }
    if (modified != null) {
      onward.set(HttpHeaders.IF_MODIFIED_SINCE, modified);
    }
  }

  /** A client's own conditions are replaced by ours; its are looked at in our answer to it. */
  private static @Nullable StoredResponse withoutConditions(
      StoredResponse old, MutableHttpHeaders onward) {
    var tag = old.header(HttpHeaders.ETAG);
    if (tag == null) {
      return null;
    }
    onward.remove(HttpHeaders.IF_MODIFIED_SINCE);
    onward.set(HttpHeaders.IF_NONE_MATCH, tag);
    return old;
  }

  /** The stored answer that the backend says is still good, or null when none was asked for. */
  @Nullable HttpResponse<?> notModified(HttpResponse<?> response) {
    var old = stale;
    if (old == null) {
      return null;
    }
    MutableHttpResponse<?> update = HttpResponse.ok();
    Headers.toClient(response, update);
    route.meters().cached("revalidated");
    return stored(
        cache.freshen(
            tenant(), resource, origin, headers(), old, list(update), asked, freshMillis()),
        "hit; detail=revalidated");
  }

  /** A stale answer that may stand in for a failing backend, or null. */
  @Nullable HttpResponse<?> insteadOfError() {
    var old = stale;
    if (old == null || !old.freshness().usableOnError(System.currentTimeMillis())) {
      return null;
    }
    route.meters().cached("stale");
    return stored(old, "hit; detail=stale-if-error");
  }

  private HttpResponse<?> stored(StoredResponse stored, String status) {
    var headers = request.getHeaders();
    var unchanged =
        stored.status() == 200
            && stored.matches(
                headers.get(HttpHeaders.IF_NONE_MATCH), headers.get(HttpHeaders.IF_MODIFIED_SINCE));
    MutableHttpResponse<?> response = HttpResponse.status(unchanged ? 304 : stored.status(), null);
    for (var header : stored.headers()) {
      if (!unchanged || !header.getKey().equalsIgnoreCase(HttpHeaders.CONTENT_LENGTH)) {
        response.getHeaders().add(header.getKey(), header.getValue());
      }
    }
    response
        .getHeaders()
        .set(
            HttpHeaders.AGE,
            Long.toString(stored.freshness().ageSeconds(System.currentTimeMillis())))
        .set(STATUS, NAME + "; " + status);
    ResponseHeaders.add(response, admission);
    if (unchanged || request.getMethodName().equals("HEAD")) {
      admission.end(Outcome.COMPLETE, response.code());
      return response;
    }
    var body = request.byteBodyFactory().adapt(stored.body());
    admission.sent(stored.body().length);
    admission.end(Outcome.COMPLETE, response.code());
    return RawBody.attach(response, body);
  }

  /** Keeps the body of an answer as it passes; null when it has none, or may not be kept. */
  @Nullable Keep keep(int status, MutableHttpResponse<?> head) {
    if (!lookup) {
      // RFC 9111, 4.4: what may have changed the target makes what is kept of it invalid
      if (status < 400 && !reads(request)) {
        cache.invalidate(tenant(), resource);
      }
      return null;
    }
    route.meters().cached("miss");
    ResponseCache.Headers answer = name -> head.getHeaders().getAll(name);
    head.getHeaders().set(STATUS, NAME + "; fwd=" + (stale == null ? "uri-miss" : "stale"));
    if (request.getMethodName().equals("HEAD")) {
      compare(status, head, answer);
      return null;
    }
    return head.getContentLength() > cache.maxEntryBytes()
            || !cache.storable(status, headers(), answer)
        ? null
        : new Keep(status, list(head));
  }

  /** What a HEAD tells of the answer that is kept ends or renews it (RFC 9111, 4.3.5). */
  private void compare(int status, MutableHttpResponse<?> head, ResponseCache.Headers answer) {
    var old = stale;
    if (old == null || status != 200 || old.status() != 200) {
      return;
    }
    if (old.differs(answer)) {
      cache.invalidate(tenant(), resource);
    } else if (old.agrees(answer)) {
      var _ =
          cache.freshen(
              tenant(), resource, origin, headers(), old, list(head), asked, freshMillis());
    }
  }

  private long freshMillis() {
    var fresh = route.view().cacheFor();
    return fresh == null ? 0 : fresh.toMillis();
  }

  /** End-to-end headers, without those that tell of this one answer to this one caller. */
  private static List<Map.Entry<String, String>> list(MutableHttpResponse<?> head) {
    List<Map.Entry<String, String>> list = new ArrayList<>();
    head.getHeaders()
        .forEach((name, values) -> {
          if (!name.equalsIgnoreCase(STATUS)
              && !name.equalsIgnoreCase(ResponseHeaders.REQUEST_ID)
              && !name.equalsIgnoreCase("RateLimit")
              && !name.equalsIgnoreCase("RateLimit-Policy")) {
            values.forEach(value -> list.add(Map.entry(name, value)));
          }
        });
    return list;
  }

  /** Collects a body up to the size that is kept. */
  final class Keep {
    private final int status;
    private final List<Map.Entry<String, String>> headers;
    private @Nullable ByteArrayOutputStream collected = new ByteArrayOutputStream();

    Keep(int status, List<Map.Entry<String, String>> headers) {
      this.status = status;
      this.headers = headers;
    }

    void part(ReadBuffer buffer) {
      var bytes = collected;
      if (bytes == null) {
        return;
      }
      if (bytes.size() + buffer.readable() > cache.maxEntryBytes()) {
        collected = null;
        return;
      }
      try (var copy = buffer.duplicate()) {
        copy.transferTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void all(byte[] body) {
      if (body.length <= cache.maxEntryBytes()) {
        var _ =
            cache.store(
                tenant(), resource, origin, headers(), status, headers, body, asked, freshMillis());
      }
    }

    void done() {
      var bytes = collected;
      if (bytes != null) {
        all(bytes.toByteArray());
      }
    }
  }
}
