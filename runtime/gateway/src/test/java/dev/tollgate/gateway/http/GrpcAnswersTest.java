package dev.tollgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcAnswersTest {

  @Test
  void aMessageIsPercentEncoded() {
    assertThat(GrpcAnswers.encoded("within 5 ms")).isEqualTo("within 5 ms");
    assertThat(GrpcAnswers.encoded("100%\n – ü")).isEqualTo("100%25%0A %E2%80%93 %C3%BC");
  }

  @ParameterizedTest
  @CsvSource({
    "400, 13", "401, 16", "402, 8", "403, 7", "404, 12", "405, 12", "408, 4", "413, 8", "418, 2",
    "429, 8", "500, 13", "502, 14", "503, 14", "504, 4",
  })
  void eachHttpStatusHasTheCodeThatSaysItBest(int http, int code) {
    assertThat(GrpcAnswers.status(http)).isEqualTo(code);
  }
}
