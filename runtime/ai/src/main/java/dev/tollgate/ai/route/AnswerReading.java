package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.AnswerRecording;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.WholeResponse;
import org.jspecify.annotations.Nullable;

/**
 * How the answer to one call is read: masked, and copied for the cache, as its route says. Used on
 * the client's event loop.
 */
final class AnswerReading {

  private final ModelTask task;
  private final ResponseSink sink;
  private @Nullable AnswerRecording recording;

  AnswerReading(ModelTask task, ResponseSink sink) {
    this.task = task;
    this.sink = sink;
  }

  /** A reader of a stream, in place of one of a backend that was asked before. */
  ResponseReader stream(Exchange exchange) {
    var cache = task.route().cache();
    var key = task.key();
    recording = cache == null || key == null ? null : cache.record(key, sink);
    var into = recording == null ? sink : recording;
    var filter = task.route().guard().filter(task.ask());
    return filter == null
        ? ResponseReader.of(exchange, into)
        : ResponseReader.of(exchange, filter, into);
  }

  /** Keeps the stream that was read, whose last bytes have passed. */
  void keep(Settlement settlement) {
    if (recording != null) {
      recording.keep(settlement.counted());
    }
  }

  WholeResponse whole(Exchange exchange, byte[] body) {
    var read = WholeResponse.read(exchange, task.route().guard().filter(task.ask()), body);
    var cache = task.route().cache();
    var key = task.key();
    if (cache != null && key != null && read instanceof WholeResponse.Complete complete) {
      cache.keep(key, complete.body(), complete.usage());
    }
    return read;
  }
}
