package dev.tollgate.gateway.body;

import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Ends an answer that has begun: when it is told to, and when its caller has stopped reading, so
 * that bytes wait to be written and none goes out for as long as a connection may be idle; on
 * HTTP/2, where answers share a connection, when nothing more of it is wanted for so long. How long
 * a backend may be silent is not looked at here; its connection has a timeout of its own.
 */
public final class Cutoff {

  /** How often one looks, in parts of the idle time. */
  private static final int LOOKS = 4;

  private final Channel channel;
  private final boolean shared;
  private final long idleNanos;
  private final Runnable ended;
  private final Demand demand = new Demand();
  private final Sinks.Empty<Void> cut = Sinks.empty();
  private volatile @Nullable Future<?> looks;
  private volatile boolean done;
  private long moved = System.nanoTime();
  private long pending;
  private long progress;

  /** The answer goes no further. Has no stack trace. */
  static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;

    Ended(String why) {
      super(why, null, false, false);
    }
  }

  /**
   * @param ended what else ends with the answer, run once when it is cut off
   */
  public Cutoff(NettyHttpRequest<?> request, Duration idle, Runnable ended) {
    this.ended = ended;
    this.channel = request.getChannelHandlerContext().channel();
    this.shared = request.getHttpVersion() == HttpVersion.HTTP_2_0;
    this.idleNanos = idle.toNanos();
  }

  /** The same stream, which fails when it is cut off; what it came from is cancelled then. */
  public Flux<ReadBuffer> watch(Flux<ReadBuffer> stream) {
    var every = Math.max(TimeUnit.MILLISECONDS.toNanos(10), idleNanos / LOOKS);
    looks = channel.eventLoop().scheduleAtFixedRate(this::look, every, every, TimeUnit.NANOSECONDS);
    return demand.follow(stream).doFinally(signal -> end()).takeUntilOther(cut.asMono());
  }

  private void end() {
    done = true;
    var running = looks;
    if (running != null) {
      var _ = running.cancel(false);
    }
  }

  private void look() {
    var now = System.nanoTime();
    if (shared ? demand.any() : goesOut()) {
      moved = now;
    } else if (now - moved >= idleNanos) {
      cut("the caller has stopped reading the answer");
    }
  }

  /** Ends it, unless it has ended. */
  public void cut() {
    channel.eventLoop().execute(() -> cut("the caller may have no more of the answer"));
  }

  private void cut(String why) {
    if (done) {
      return;
    }
    end();
    ended.run();
    var _ = cut.tryEmitError(new Ended(why));
    if (!shared) {
      var _ = channel.close();
    }
  }

  /** Whether nothing waits to be written, or something of it was since the last look. */
  private boolean goesOut() {
    var buffer = channel.unsafe().outboundBuffer();
    if (buffer == null) {
      return false;
    }
    var pendingBefore = pending;
    var progressBefore = progress;
    pending = buffer.totalPendingWriteBytes();
    progress = buffer.currentProgress();
    return pending == 0 || pending != pendingBefore || progress != progressBefore;
  }
}
