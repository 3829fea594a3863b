package dev.tollgate.app.wiring;

import dev.tollgate.core.events.WebhookClient;
import io.micronaut.context.BeanProvider;
import io.micronaut.core.io.buffer.ByteArrayBufferFactory;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.client.DefaultHttpClientConfiguration;
import io.micronaut.http.client.HttpClientConfiguration;
import io.micronaut.http.client.RawHttpClient;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import reactor.core.publisher.Mono;

/** Posts webhooks with Micronaut's HTTP client. */
final class WebhookCalls implements WebhookClient {

  private static final ByteBodyFactory BODIES =
      ByteBodyFactory.createDefault(ByteArrayBufferFactory.INSTANCE);
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration WITHIN = Duration.ofSeconds(15);

  private final BeanProvider<RawHttpClient> client;

  WebhookCalls(BeanProvider<RawHttpClient> client) {
    this.client = client;
  }

  /**
   * @param addresses name of the bean that resolves names
   */
  static HttpClientConfiguration configuration(String addresses) {
    var configuration = new DefaultHttpClientConfiguration();
    configuration.setConnectTimeout(CONNECT);
    configuration.setReadTimeout(WITHIN);
    configuration.setFollowRedirects(false);
    configuration.setExceptionOnErrorStatus(false);
    configuration.setAddressResolverGroupName(addresses);
    return configuration;
  }

  @Override
  public int post(URI url, Map<String, String> headers, String body) {
    var request = HttpRequest.POST(url, body);
    headers.forEach(request::header);
    request.header("Content-Type", "application/json");
    request.header("User-Agent", "Tollgate");
    var bytes = BODIES.copyOf(body, StandardCharsets.UTF_8);
    try {
      var answer = Mono.from(client.get().exchange(request, bytes, null)).block(WITHIN);
      // what the receiver says beyond its status is not read
      try (var response = (ByteBodyHttpResponse<?>) Objects.requireNonNull(answer)) {
        return response.code();
      }
    } catch (RuntimeException e) {
      throw new Failed(why(url, e), e);
    }
  }

  /** In words of its own: what a library says may name addresses behind the gateway. */
  private static String why(URI url, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case UnknownHostException e -> {
          return Objects.requireNonNullElse(e.getMessage(), url.getHost() + " is not known");
        }
        case ConnectException e -> {
          return url.getAuthority() + " takes no connection";
        }
        case SSLException e -> {
          return url.getAuthority() + " has no certificate that can be trusted, or no TLS";
        }
        case TimeoutException e -> {
          return url.getAuthority() + " did not answer within " + WITHIN.toSeconds() + " s";
        }
        default -> {}
      }
    }
    return url.getAuthority() + " did not answer";
  }
}
