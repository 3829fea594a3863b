package dev.tollgate.ai.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.crd.model.PersonalData;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for personal data, in whole texts and in pieces. */
class MaskingTest {

  private static final Masking ALL = Masking.of(Set.of(PersonalData.values()));
  private static final Lane LANE = Lane.of(0, Kind.Answer);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "write to jo.doe+x@mail.example.org.|write to [EMAIL].",
        "<jürgen@müller.de>, ab@c.io|<[EMAIL]>, [EMAIL]",
        "联系foo@bar.com吧|联系[EMAIL]吧",
        "email=a@b.co;x@y|email=[EMAIL];x@y",
        "card 4111 1111 1111 1111 12/26|card [CREDIT_CARD] 12/26",
        "378282246310005, 5555-5555-5555-4444|[CREDIT_CARD], [CREDIT_CARD]",
        "DE89 3704 0044 0532 0130 00 is mine|[IBAN] is mine",
        "gb82west12345698765432 GB82 WEST 1234 5698 7654 32 PLEASE|[IBAN] [IBAN] PLEASE",
        "host 192.168.0.1:8080 and 8.8.8.8.|host [IP_ADDRESS]:8080 and [IP_ADDRESS].",
        "at 2001:db8::1, ::ffff:10.0.0.1.|at [IP_ADDRESS], [IP_ADDRESS].",
        "1:2:3:4:5:6:7:8 fe80::|[IP_ADDRESS] [IP_ADDRESS]",
        "call +49 (0)30 1234567 or 0171-1234567|call [PHONE] or [PHONE]",
        "(555) 234-5678; 1-555-234-5678|[PHONE]; [PHONE]",
        "01 23 45 67 89.|[PHONE].",
      })
  void personalDataIsReplacedByItsKind(String text, String masked) {
    assertThat(ALL.mask(text)).isEqualTo(masked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4111 1111 1111 1112",
        "DE88370400440532013000",
        "XX89370400440532013000",
        "version 1.2.3.4.5 of 256.1.1.1",
        "std::vector and a::b and ::",
        "at 10:30:45 on 01-02-2024 10:15, or 2024-01-15",
        "order 1234567890, 0.123456789012, 1700000000000",
        "user@localhost @home a@b",
        "00:1a:2b:3c:4d:5e",
        "3+4(5)-6",
      })
  void whatOnlyLooksLikeItStays(String text) {
    assertThat(ALL.mask(text)).isSameAs(text).isEqualTo(text);
  }

  @Test
  void onlyTheKindsThatWereAskedForAreMasked() {
    var masking = Masking.of(Set.of(PersonalData.Email));

    assertThat(masking.mask("a@b.org 8.8.8.8")).isEqualTo("[EMAIL] 8.8.8.8");
  }

  @Property(tries = 3000)
  void howATextIsCutIntoPiecesMakesNoDifference(@ForAll("texts") String text, @ForAll long seed) {
    var random = new Random(seed);
    var filter = new MaskFilter(ALL, () -> {});
    var out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int to = Math.min(text.length(), at + random.nextInt(5));
      out.append(filter.next(LANE, text.substring(at, to)));
      at = to;
    }
    out.append(filter.rest(LANE));

    assertThat(out.toString()).isEqualTo(ALL.mask(text));
  }

  @Property(tries = 1000)
  void noMoreIsHeldThanWhatMayBeOneMatch(@ForAll("plain") String text) {
    var filter = new MaskFilter(ALL, () -> {});
    int given = 0;
    for (int i = 0; i < text.length(); i++) {
      given += filter.next(LANE, text.substring(i, i + 1)).length();

      assertThat(i + 1 - given).isLessThan(330);
    }
  }

  @Provide
  Arbitrary<String> plain() {
    return Arbitraries.strings().withChars("ab-.@").ofMinLength(300).ofMaxLength(2000);
  }

  @Provide
  Arbitrary<String> texts() {
    var pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                "jo.doe@example.org",
                "4111 1111 1111 1111",
                "378282246310005",
                "DE89 3704 0044 0532 0130 00",
                "GB82WEST12345698765432",
                "192.168.0.1",
                "2001:db8::1",
                "+49 30 1234567",
                "(555) 234-5678",
                "0171 1234567",
                "hello",
                "world",
                "Grüße 😀"),
            Arbitraries.of(
                List.of(" ", ".", "@", "-", ":", "0", "1", "9", "a", "Z", "+", "(", ")")),
            Arbitraries.strings().withChars("ab1290.@:-+( )").ofMaxLength(12));
    return pieces.list().ofMaxSize(40).map(parts -> String.join("", parts));
  }

  @Test
  void timeGrowsWithTheTextAndNotFaster() {
    for (String unit : List.of("a.", "a@a.", "1 ", "1:", "a", "0.", "+1", "(1", "DE8937")) {
      var text = unit.repeat(500_000 / unit.length());
      long began = System.nanoTime();
      assertThat(ALL.mask(text)).isNotNull();
      assertThat((System.nanoTime() - began) / 1_000_000).as(unit).isLessThan(3000);
    }
  }
}
