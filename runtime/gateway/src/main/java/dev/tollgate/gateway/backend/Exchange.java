package dev.tollgate.gateway.backend;

import dev.tollgate.core.limits.FairQueue.Permit;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.client.RawHttpClient;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * One request to a backend that has its place there. A request that is given up while it waits for
 * a connection keeps its place until it would have gone out: the client opens a connection for each
 * that waits, so that more of them than there are places would take those of the other event loops.
 */
public final class Exchange {

  private final OnwardRequest request;
  private final Permit permit;
  private final Disposable.Swap running = Disposables.swap();
  private volatile boolean begun;
  private volatile boolean failed;

  /**
   * @param permit its place at the backend, which is free when it has failed or was given up; who
   *     gets an answer gives the place back
   */
  public Exchange(OnwardRequest request, Permit permit) {
    this.request = request;
    this.permit = permit;
  }

  /** Sends it; one of the two is called, on any thread, unless it is given up. */
  public void send(
      RawHttpClient client,
      @Nullable CloseableByteBody body,
      Consumer<ByteBodyHttpResponse<?>> onAnswer,
      Consumer<Throwable> onFailure) {
    begun = true;
    running.update(
        Mono.from(client.exchange(request, body, null))
            .subscribe(
                response -> onAnswer.accept((ByteBodyHttpResponse<?>) response),
                failure -> {
                  failed = true;
                  onFailure.accept(failure);
                  permit.close();
                }));
  }

  /** Nobody waits for an answer any more; what went out is broken off. */
  public void giveUp() {
    if (request.breakOff() || failed || !begun) {
      running.dispose();
      permit.close();
    }
  }
}
