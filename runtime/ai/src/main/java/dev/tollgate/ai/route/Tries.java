package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.RequestRewrite;
import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.view.ModelRouteView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one call: which backend of the route is asked next, the wait for a turn at it, and
 * why the ones before did not answer. Used on the client's event loop.
 */
final class Tries {

  /** Whose call it is. */
  interface Caller {

    /** It has its turn, and is to be sent with this body. */
    void turn(ModelAttempt attempt, byte[] body);

    /** No backend answers the call, for this reason. */
    void fail(Problem problem);
  }

  private final ModelParts parts;
  private final ModelTask task;
  private final ModelRouteView view;
  private final CallLoop loop;
  private final Settlement settlement;
  private final Caller caller;
  private final List<ModelBackend> tried = new ArrayList<>(2);
  private @Nullable CompletableFuture<Permit> waiting;
  private @Nullable Problem reason;
  private int number;
  private boolean stopped;

  Tries(ModelParts parts, ModelTask task, CallLoop loop, Settlement settlement, Caller caller) {
    this.parts = parts;
    this.task = task;
    this.view = task.route().view();
    this.loop = loop;
    this.settlement = settlement;
    this.caller = caller;
  }

  /** Asks the next backend. */
  void next() {
    var backend = task.route().choose(tried);
    if (backend == null) {
      giveUp();
      return;
    }
    tried.add(backend);
    settlement.asked(backend);
    var dialect =
        ModelDialects.of(backend.view(), task.ask().dialect(), task.route().guard().masksAnswers());
    if (dialect == null || !task.ask().dialect().reaches(dialect)) {
      cannot(ModelProblems.unsupported(task.request().getPath()));
      return;
    }
    byte[] body;
    try {
      body =
          RequestRewrite.toBackend(
              task.ask(),
              dialect,
              backend.view().model(),
              ModelDialects.mostTokens(backend.view()),
              task.prompt().parameters());
    } catch (BadModelRequest e) {
      cannot(ModelProblems.bad(e.getMessage(), String.valueOf(e.param())));
      return;
    }
    number++;
    await(backend, dialect, body);
  }

  /** Asks another backend, or the same once more, as often as the route allows. */
  void again() {
    if (number > view.retryAttempts()) {
      giveUp();
      return;
    }
    if (tried.size() >= task.route().backends().size()) {
      tried.clear();
    }
    task.route().meters().retried();
    next();
  }

  /** Asks nobody any more, and says why the last one did not answer. */
  void giveUp() {
    caller.fail(reason == null ? ModelProblems.noBackend(view) : reason);
  }

  /** The backend that was asked last has not answered, for this reason. */
  void failed(Problem problem) {
    reason = problem;
  }

  /** The call is over: a turn that is waited for is given up. */
  void stop() {
    stopped = true;
    var turn = waiting;
    if (turn != null) {
      turn.cancel(false);
    }
  }

  private void await(ModelBackend backend, Dialect dialect, byte[] body) {
    var began = System.nanoTime();
    var turn = backend.acquire(task.admission()).toCompletableFuture();
    if (turn.isDone() && !turn.isCompletedExceptionally()) {
      turn(backend, dialect, body, turn.resultNow());
      return;
    }
    waiting = turn;
    var _ =
        turn.whenComplete((permit, failure) ->
            loop.execute(() -> {
              waiting = null;
              settlement.queued(System.nanoTime() - began);
              if (permit != null) {
                turn(backend, dialect, body, permit);
              } else if (!stopped) {
                failed(ModelProblems.noTurn(failure, view, backend));
                next();
              }
            }));
  }

  private void turn(ModelBackend backend, Dialect dialect, byte[] body, Permit permit) {
    if (stopped) {
      permit.close();
      return;
    }
    if (task.admission().deadline() - System.nanoTime() <= 0) {
      permit.close();
      caller.fail(ModelProblems.tooLate(view));
      return;
    }
    var attempt = ModelAttempt.of(parts, task, backend, dialect, permit, number - 1);
    var missing = attempt.missing();
    if (missing != null) {
      attempt.close();
      number--;
      cannot(ModelProblems.noSecret(missing, backend));
      return;
    }
    caller.turn(attempt, body);
  }

  /** A backend that cannot take the call changes nothing of why one that can did not answer it. */
  private void cannot(Problem problem) {
    if (reason == null) {
      reason = problem;
    }
    next();
  }
}
