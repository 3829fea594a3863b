package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.core.metering.ModelCall.Source;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.gateway.admission.Admission.ModelUse;
import org.jspecify.annotations.Nullable;

/** What one call has used, from the first token to the bill. Used on the client's event loop. */
final class Settlement {

  private static final Usage NOTHING = new Usage(0, 0, 0, false);

  private final ModelTask task;
  private @Nullable ModelBackend backend;
  private @Nullable ResponseReader reader;
  private @Nullable Usage usage;
  private boolean promptTaken;
  private long firstNanos = -1;
  private long queuedNanos;
  private boolean ended;

  Settlement(ModelTask task) {
    this.task = task;
  }

  /** A backend is asked; what another may have said before does not count. */
  void asked(ModelBackend next) {
    backend = next;
    reader = null;
  }

  String backend() {
    return backend == null ? "" : backend.view().name();
  }

  void queued(long nanos) {
    queuedNanos += nanos;
  }

  void reads(ResponseReader next) {
    reader = next;
  }

  void usage(Usage whole) {
    usage = whole;
  }

  /**
   * The prompt goes out. Where this process does not see what comes of it, it is on the bill as
   * estimated; what is known later counts in its place.
   */
  void sends() {
    if (!ended) {
      var prompt = new Usage(task.ask().promptTokens(), 0, 0, true);
      task.admission().used(use(Source.ESTIMATED, prompt, ""));
      task.admission().checkpoint();
    }
  }

  /**
   * A backend has got the prompt and has not refused it. It is taken for used whatever comes of it,
   * unless another backend answers.
   */
  void promptTaken() {
    promptTaken = true;
  }

  /** The first content is there. */
  void content() {
    if (firstNanos < 0) {
      firstNanos = System.nanoTime() - task.admission().began();
    }
  }

  /** Notes what has been used so far, for when this process does not see the end. */
  void note() {
    if (!ended && firstNanos >= 0) {
      task.admission().used(use(Source.PARTIAL, so(false), ""));
    }
  }

  /** As {@link #note}, and into the log at once. */
  void checkpoint() {
    note();
    task.admission().checkpoint();
  }

  void end(Outcome outcome, int status, String error) {
    if (ended) {
      return;
    }
    ended = true;
    var used = counted();
    var use = use(source(used), used, error);
    task.admission().used(use);
    task.admission().end(outcome, status);
    task.route()
        .modelMeters()
        .of(task.admission().principal().tenant().name(), task.ask().model(), backend())
        .ended(
            System.nanoTime() - task.admission().began(),
            firstNanos,
            queuedNanos,
            use.tokensIn(),
            use.tokensOut(),
            use.cost());
  }

  /** The tokens of an answer that has ended. */
  Usage counted() {
    return so(true);
  }

  /**
   * The tokens so far.
   *
   * @param counted whether what the provider has not said is counted, and not only taken by its
   *     size
   */
  private Usage so(boolean counted) {
    if (usage != null) {
      return usage;
    }
    if (reader != null && (promptTaken || reader.contentSeen() || reader.finished())) {
      boolean answered = reader.contentSeen() || reader.finished();
      return counted && answered ? reader.usage() : reader.soFar();
    }
    return promptTaken ? new Usage(task.ask().promptTokens(), 0, 0, true) : NOTHING;
  }

  private Source source(Usage used) {
    if (usage == null && (reader == null ? promptTaken : !reader.finished())) {
      return Source.PARTIAL;
    }
    return used.estimated() ? Source.ESTIMATED : Source.PROVIDER;
  }

  private ModelUse use(Source source, Usage used, String error) {
    return new ModelUse(
        used.input(),
        used.output(),
        TokenPrices.cost(task.price(), used),
        task.call(backend(), source, used, firstNanos, error));
  }
}
