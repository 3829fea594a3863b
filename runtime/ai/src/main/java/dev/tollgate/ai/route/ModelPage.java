package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.BadModelRequest;
import io.micronaut.http.HttpParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list of models, as Anthropic's clients ask for one. A name that is served no more
 * still tells where a page begins.
 *
 * @param models in order
 * @param more whether there are further ones the way the client reads
 */
record ModelPage(List<String> models, boolean more) {

  private static final int MOST = 1000;

  ModelPage {
    models = List.copyOf(models);
  }

  /**
   * The page that {@code limit}, {@code after_id} and {@code before_id} ask for; without a limit,
   * all that are left.
   *
   * @param all in the order of their names
   * @throws BadModelRequest when they ask for no page
   */
  static ModelPage of(List<String> all, HttpParameters asked) throws BadModelRequest {
    var after = asked.get("after_id");
    var before = asked.get("before_id");
    if (after != null && before != null) {
      throw new BadModelRequest("Only one of after_id and before_id may be given.", "before_id");
    }
    var limit = limit(asked.get("limit"), all.size());
    var left =
        all.stream()
            .filter(model -> after == null || model.compareTo(after) > 0)
            .filter(model -> before == null || model.compareTo(before) < 0)
            .toList();
    var size = Math.min(limit, left.size());
    var from = before == null ? 0 : left.size() - size;
    return new ModelPage(left.subList(from, from + size), size < left.size());
  }

  private static int limit(@Nullable String asked, int unsaid) throws BadModelRequest {
    if (asked == null) {
      return unsaid;
    }
    var limit = asked.matches("[0-9]{1,4}") ? Integer.parseInt(asked) : 0;
    if (limit < 1 || limit > MOST) {
      throw new BadModelRequest("limit must be a whole number from 1 to " + MOST + ".", "limit");
    }
    return limit;
  }
}
