package dev.tollgate.ai.guard;

import java.util.HashMap;
import java.util.Map;

/**
 * International bank account numbers (ISO 13616) of the countries in SWIFT's registry, each of the
 * length that its country has and with right check digits, written together or in groups with a
 * space or hyphen between them.
 */
final class IbanRecogniser implements Recogniser {

  private static final Map<String, Integer> LENGTHS =
      lengths(
          """
          AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28\
          EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27\
          JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15\
          OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24\
          TR26UA29VA22VG24XK20YE30\
          """);

  private static Map<String, Integer> lengths(String table) {
    Map<String, Integer> lengths = new HashMap<>();
    for (int i = 0; i < table.length(); i += 4) {
      lengths.put(table.substring(i, i + 2), Integer.parseInt(table, i + 2, i + 4, 10));
    }
    return Map.copyOf(lengths);
  }

  @Override
  public int end(CharSequence text, int at, int before, int before2, boolean complete) {
    if (!Recogniser.asciiLetter(text.charAt(at)) || Recogniser.word(before)) {
      return NONE;
    }
    for (int i = at; i < at + 4; i++) {
      if (i == text.length()) {
        return complete ? NONE : MORE;
      }
      int c = text.charAt(i);
      if (i < at + 2 ? !Recogniser.asciiLetter(c) : !Recogniser.digit(c)) {
        return NONE;
      }
    }
    String country = "" + upper(text.charAt(at)) + upper(text.charAt(at + 1));
    return account(text, at, LENGTHS.getOrDefault(country, 0), complete);
  }

  private static int account(CharSequence text, int at, int length, boolean complete) {
    int count = 0;
    int i = at;
    boolean gap = false;
    while (count < length) {
      if (i == text.length()) {
        return complete ? NONE : MORE;
      }
      int c = text.charAt(i++);
      boolean between = c == ' ' || c == '-';
      if (between ? gap : !Recogniser.digit(c) && !Recogniser.asciiLetter(c)) {
        return NONE;
      }
      gap = between;
      count += between ? 0 : 1;
    }
    if (count == 0) {
      return NONE;
    }
    if (i == text.length() && !complete) {
      return MORE;
    }
    if (i < text.length() && Recogniser.word(text.charAt(i))) {
      return NONE;
    }
    int remainder = fold(text, at, at + 4, fold(text, at + 4, i, 0));
    return remainder == 1 ? i : NONE;
  }

  /** ISO/IEC 7064, mod 97-10, of which letters are 10 to 35. */
  private static int fold(CharSequence text, int from, int to, int remainder) {
    int r = remainder;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (Recogniser.digit(c)) {
        r = (r * 10 + c - '0') % 97;
      } else if (Recogniser.asciiLetter(c)) {
        r = (r * 100 + upper(c) - 'A' + 10) % 97;
      }
    }
    return r;
  }

  private static char upper(char c) {
    return c >= 'a' ? (char) (c - 'a' + 'A') : c;
  }
}
