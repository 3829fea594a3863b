package dev.tollgate.ai.guard;

import dev.tollgate.ai.protocol.TextFilter;
import java.util.HashMap;
import java.util.Map;

/**
 * Masks the text of one answer that comes in pieces, as if it had come in one. A piece is held back
 * only as long as it may be the beginning of what is masked, which no more than some 320 characters
 * can be.
 */
final class MaskFilter implements TextFilter {

  private final Masking masking;
  private final Runnable masked;
  private final Map<Lane, Text> texts = new HashMap<>(4);
  private boolean any;

  /**
   * @param masked runs when the answer is masked for the first time
   */
  MaskFilter(Masking masking, Runnable masked) {
    this.masking = masking;
    this.masked = masked;
  }

  @Override
  public String next(Lane lane, String piece) {
    return texts.computeIfAbsent(lane, l -> new Text()).take(piece, false);
  }

  @Override
  public String rest(Lane lane) {
    var text = texts.remove(lane);
    return text == null ? "" : text.take("", true);
  }

  /** One text, of which the part that is not decided yet is held. */
  private final class Text {
    private String held = "";
    private int before = Recogniser.START;
    private int before2 = Recogniser.START;

    String take(String piece, boolean complete) {
      String text = held.isEmpty() ? piece : held.concat(piece);
      var out = new Masking.Masked(text);
      int said = masking.scan(text, before, before2, complete, out);
      if (said > 0) {
        before2 = said > 1 ? text.charAt(said - 2) : before;
        before = text.charAt(said - 1);
      }
      if (out.any() && !any) {
        any = true;
        masked.run();
      }
      held = text.substring(said);
      return out.upTo(said);
    }
  }
}
