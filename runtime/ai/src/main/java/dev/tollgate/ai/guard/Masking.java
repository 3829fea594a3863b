package dev.tollgate.ai.guard;

import dev.tollgate.crd.model.PersonalData;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the personal data of some kinds in a text and puts its kind in the place, as in {@code
 * [EMAIL]}. Where several begin at the same character the first in the order e-mail, card, IBAN, IP
 * address, telephone is taken.
 */
final class Masking {

  /** What is told of each piece that is replaced, in their order. */
  interface Cuts {
    /** The characters from one index up to another are replaced. */
    void cut(int from, int to, String word);
  }

  private record Kind(Recogniser recogniser, String word) {}

  private final List<Kind> kinds;

  private Masking(List<Kind> kinds) {
    this.kinds = List.copyOf(kinds);
  }

  static Masking of(Collection<PersonalData> wanted) {
    List<Kind> kinds = new ArrayList<>();
    for (PersonalData kind :
        List.of(
            PersonalData.Email,
            PersonalData.CreditCard,
            PersonalData.Iban,
            PersonalData.IpAddress,
            PersonalData.Phone)) {
      if (wanted.contains(kind)) {
        kinds.add(kind(kind));
      }
    }
    return new Masking(kinds);
  }

  private static Kind kind(PersonalData kind) {
    return switch (kind) {
      case Email -> new Kind(new EmailRecogniser(), "[EMAIL]");
      case CreditCard -> new Kind(new CardRecogniser(), "[CREDIT_CARD]");
      case Iban -> new Kind(new IbanRecogniser(), "[IBAN]");
      case IpAddress -> new Kind(new IpAddressRecogniser(), "[IP_ADDRESS]");
      case Phone -> new Kind(new PhoneRecogniser(), "[PHONE]");
    };
  }

  /** The text without what is masked; the very same when there is nothing. */
  String mask(String text) {
    var masked = new Masked(text);
    int _ = scan(text, Recogniser.START, Recogniser.START, true, masked);
    return masked.upTo(text.length());
  }

  /**
   * Looks for what is masked as far as it can be said.
   *
   * @param before the character before the text, and {@code before2} the one before that
   * @param complete whether the text ends where it ends now
   * @return up to where it has been said; the length when complete
   */
  int scan(CharSequence text, int before, int before2, boolean complete, Cuts cuts) {
    int length = text.length();
    int at = 0;
    int one = before;
    int two = before2;
    while (at < length) {
      int c = text.charAt(at);
      int end = Recogniser.NONE;
      if (begins(c)) {
        String word = "";
        for (int k = 0; k < kinds.size() && end == Recogniser.NONE; k++) {
          end = kinds.get(k).recogniser().end(text, at, one, two, complete);
          word = kinds.get(k).word();
        }
        if (end == Recogniser.MORE) {
          return at;
        }
        if (end > at) {
          cuts.cut(at, end, word);
          two = end - at > 1 ? text.charAt(end - 2) : one;
          one = text.charAt(end - 1);
          at = end;
          continue;
        }
      }
      two = one;
      one = c;
      at++;
    }
    return at;
  }

  /** Whether anything of any kind can begin with the character. */
  private static boolean begins(int c) {
    return c > ' ' && (Recogniser.word(c) || c == '+' || c == '(' || c == ':' || c == '_');
  }

  /** Puts the parts together again; makes no copy when nothing is replaced. */
  static final class Masked implements Cuts {
    private final String text;
    private @Nullable StringBuilder out;
    private int copied;

    Masked(String text) {
      this.text = text;
    }

    @Override
    public void cut(int from, int to, String word) {
      var into = out == null ? new StringBuilder(text.length() + 16) : out;
      into.append(text, copied, from).append(word);
      out = into;
      copied = to;
    }

    boolean any() {
      return out != null;
    }

    String upTo(int end) {
      return out == null ? text.substring(0, end) : out.append(text, copied, end).toString();
    }
  }
}
