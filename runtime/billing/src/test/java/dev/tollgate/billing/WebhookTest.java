package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.stripe.net.Webhook;
import dev.tollgate.billing.engine.Notice.Subject;
import dev.tollgate.billing.stripe.StripeWebhook;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which events are believed: those that a live secret signed a moment ago. */
class WebhookTest {

  private static final Instant NOW = Instant.parse("2026-11-10T10:00:00Z");
  private static final String EVENT =
      "{\"id\":\"evt_1\",\"type\":\"invoice.paid\",\"data\":{\"object\":{\"id\":\"in_1\","
          + "\"object\":\"invoice\"}}}";

  private final StripeWebhook webhook =
      new StripeWebhook(() -> List.of("whsec_old", "whsec_new"), Clock.fixed(NOW, ZoneOffset.UTC));

  private static String signature(String secret, Instant at) throws Exception {
    return signature(EVENT, secret, at);
  }

  private static String signature(String body, String secret, Instant at) throws Exception {
    return Webhook.Signature.generateSignatureHeader(body, secret, at.getEpochSecond());
  }

  private boolean believed(String body, String signature) {
    return webhook.read(body.getBytes(StandardCharsets.UTF_8), signature).isPresent();
  }

  @Test
  void eitherOfTwoLiveSecretsIsGood() throws Exception {
    assertThat(believed(EVENT, signature("whsec_old", NOW))).isTrue();
    assertThat(believed(EVENT, signature("whsec_new", NOW))).isTrue();
    assertThat(believed(EVENT, signature("whsec_other", NOW))).isFalse();
  }

  @Test
  void aSignatureIsGoodForFiveMinutes() throws Exception {
    assertThat(believed(EVENT, signature("whsec_old", NOW.minus(Duration.ofSeconds(290)))))
        .isTrue();
    assertThat(believed(EVENT, signature("whsec_old", NOW.minus(Duration.ofSeconds(310)))))
        .isFalse();
  }

  @Test
  void aChangedBodyIsNotBelieved() throws Exception {
    assertThat(believed(EVENT.replace("in_1", "in_2"), signature("whsec_old", NOW))).isFalse();
    assertThat(believed(EVENT, "")).isFalse();
    assertThat(believed(EVENT, "t=,v1=")).isFalse();
  }

  @Test
  void anEventSaysOnlyWhatToLookAt() throws Exception {
    var notice = webhook.read(EVENT.getBytes(StandardCharsets.UTF_8), signature("whsec_new", NOW));
    assertThat(notice.orElseThrow().subject()).isEqualTo(new Subject.Invoice("in_1"));
  }

  @Test
  void anInvoiceThatIsNotThereIsNotLookedAt() throws Exception {
    for (var type : List.of("invoice.upcoming", "invoice.deleted")) {
      var event = EVENT.replace("invoice.paid", type);
      var notice =
          webhook.read(event.getBytes(StandardCharsets.UTF_8), signature(event, "whsec_new", NOW));
      assertThat(notice.orElseThrow().subject()).isEqualTo(new Subject.Other());
    }
  }

  @Test
  void aSignedBodyThatIsNoEventIsNotTakenForAWrongSignature() throws Exception {
    for (var body : List.of("{\"id\":", "", "[]", "{\"id\":\"evt_1\"}")) {
      var signature = signature(body, "whsec_new", NOW);
      assertThatThrownBy(() -> believed(body, signature))
          .as(body)
          .isInstanceOf(StripeWebhook.NoEvent.class);
      assertThat(believed(body, signature(body, "whsec_other", NOW))).isFalse();
    }
  }

  @Test
  void anEventOfARefundOrADisputeSaysWhichOne() throws Exception {
    assertThat(subject("refund.updated", "re_1", "refund")).isEqualTo(new Subject.Refund("re_1"));
    assertThat(subject("charge.refunded", "ch_1", "charge")).isEqualTo(new Subject.Charge("ch_1"));
    assertThat(subject("charge.dispute.closed", "dp_1", "dispute"))
        .isEqualTo(new Subject.Dispute("dp_1"));
  }

  private Subject subject(String type, String id, String object) throws Exception {
    var event =
        EVENT
            .replace("invoice.paid", type)
            .replace("in_1", id)
            .replace("\"invoice\"", "\"" + object + "\"");
    var signature = signature(event, "whsec_new", NOW);
    return webhook.read(event.getBytes(StandardCharsets.UTF_8), signature).orElseThrow().subject();
  }
}
