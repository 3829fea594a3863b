package dev.tollgate.operator.resolution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that replicas are asked again and again on their management port. An answer under the
 * entity tag of the last one costs neither side more than the question. One thread asks.
 *
 * @param <T> the answer
 */
public final class Question<T> {

  private static final Logger LOG = LoggerFactory.getLogger(Question.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Replicas replicas;
  private final String path;
  private final Duration patience;
  private final Function<JsonNode, T> reader;
  private @Nullable Answer<T> last;

  /**
   * @param tag the replica's name for this answer
   */
  private record Answer<T>(String tag, T told) {}

  /**
   * @param path where it is asked, absolute
   * @param reader makes the answer of the body
   */
  public Question(Replicas replicas, String path, Function<JsonNode, T> reader) {
    this(replicas, path, PATIENCE, reader);
  }

  /**
   * @param patience how long an answer may take
   */
  public Question(Replicas replicas, String path, Duration patience, Function<JsonNode, T> reader) {
    this.replicas = replicas;
    this.path = path;
    this.patience = patience;
    this.reader = reader;
  }

  /** What any replica of these pools says that is ready; empty where none answers. */
  public Optional<T> ask(Set<String> pools) {
    for (var replica : replicas.ready(pools)) {
      var answer = ask(replica);
      if (answer.isPresent()) {
        return answer;
      }
    }
    return Optional.empty();
  }

  /** What this replica says; empty when it does not answer. */
  public Optional<T> ask(Pod replica) {
    try {
      return Optional.of(read(replica));
    } catch (IOException e) {
      LOG.debug("{} did not tell {}: {}", replica.getMetadata().getName(), path, e.toString());
      return Optional.empty();
    }
  }

  private T read(Pod replica) throws IOException {
    var before = last;
    var request = HttpRequest.newBuilder().GET();
    if (before != null && !before.tag().isEmpty()) {
      request.header("If-None-Match", before.tag());
    }
    var answer = replicas.send(replica, path, request, patience);
    if (answer.statusCode() == HttpURLConnection.HTTP_NOT_MODIFIED && before != null) {
      return before.told();
    }
    if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("it answered " + answer.statusCode());
    }
    var told = reader.apply(JSON.readTree(answer.body()));
    last = new Answer<>(answer.headers().firstValue("ETag").orElse(""), told);
    return told;
  }
}
