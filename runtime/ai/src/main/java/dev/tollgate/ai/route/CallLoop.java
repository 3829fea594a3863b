package dev.tollgate.ai.route;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop of a call's client. Every step of the call is taken there, so that none needs a
 * lock.
 */
final class CallLoop implements Executor {

  private static final Logger LOG = LoggerFactory.getLogger(CallLoop.class);

  private final ModelTask task;
  private final EventLoop loop;
  private final Runnable afterFault;

  /**
   * @param afterFault ends the call after a fault of this program, so that nothing is held for ever
   */
  CallLoop(ModelTask task, Runnable afterFault) {
    this.task = task;
    this.loop = task.request().getChannelHandlerContext().channel().eventLoop();
    this.afterFault = afterFault;
  }

  /** Takes a step, at once where this is the loop. */
  @Override
  public void execute(Runnable step) {
    if (loop.inEventLoop()) {
      guarded(step);
    } else {
      loop.execute(() -> guarded(step));
    }
  }

  Future<?> schedule(Runnable step, long nanos) {
    return loop.schedule(() -> guarded(step), nanos, TimeUnit.NANOSECONDS);
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException fault) {
      LOG.error("Call {} to model {} failed", task.admission().id(), task.ask().model(), fault);
      afterFault.run();
    }
  }
}
