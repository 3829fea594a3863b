package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PdfPagesTest {

  private static final String PAGE = "1 0 obj << /Type /Page /Parent 2 0 R >> endobj\n";

  @ParameterizedTest
  @CsvSource({
    "<< /Type /Page >> << /Type/Page/Parent 1 0 R >>, 2",
    "<< /Type /Pages /Count 2 >> << /Type /PageLabel >> << /Type /Catalog >>, 0",
    "<< /Type, 0",
    "<< /Type /Page, 1",
    "<< /Type /ObjStm >>, 0",
    "<< /Type /ObjStm >> stream, 0",
    "<< /Type /ObjStm >> stream not packed, 0",
  })
  void areItsObjectsOfThatType(String objects, int pages) {
    assertThat(of("%PDF-1.4\n" + objects)).isEqualTo(pages);
    assertThat(of("PK" + objects)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5000})
  void areFoundInStreamsOfObjects(int pages) throws Exception {
    var packed = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(packed)) {
      out.write("<< /Type /Page >> ".repeat(pages).getBytes(ISO_8859_1));
    }
    var stream =
        "9 0 obj << /Type /ObjStm /Filter /FlateDecode >> stream\r\n"
            + packed.toString(ISO_8859_1)
            + "\nendstream endobj\n";

    assertThat(of("%PDF-1.7\n" + PAGE + stream + stream + PAGE)).isEqualTo(2 * pages + 2);
  }

  @Test
  void areReadWithAnAddressOfDataAndEscapedSlashes() {
    var base64 =
        Base64.getEncoder().encodeToString(("%PDF-\u00ff\u00ff\u00ff" + PAGE).getBytes(ISO_8859_1));
    var escaped = ("data:application/pdf;base64," + base64).replace("/", "\\/").getBytes(UTF_8);

    assertThat(PdfPages.of(escaped, 0, escaped.length)).isOne();
  }

  @Test
  void areWhatAFileIsTakenForWhenItsLengthIsLess() throws Exception {
    var pdf = Base64.getEncoder().encodeToString(("%PDF-1.4\n" + PAGE.repeat(3)).getBytes(UTF_8));
    var anthropic =
        """
        {"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document",\
        "source":{"type":"base64","media_type":"application/pdf","data":"%s"}}]}]}\
        """;
    var openAi =
        """
        {"model":"m","messages":[{"role":"user","content":[{"type":"file",\
        "file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,%s"}}]}]}\
        """;

    assertThat(tokens(Dialect.AnthropicMessages, anthropic.formatted(pdf))).isEqualTo(9000);
    assertThat(tokens(Dialect.OpenAiChat, openAi.formatted(pdf))).isEqualTo(9000);
    assertThat(tokens(Dialect.OpenAiChat, openAi.formatted(pdf + "A".repeat(500_000))))
        .isBetween(10_000L, 10_100L);
  }

  private static long tokens(Dialect dialect, String body) throws BadModelRequest {
    return ModelRequest.read(dialect, body.getBytes(UTF_8)).fileTokens();
  }

  private static int of(String pdf) {
    var text = Base64.getEncoder().encode(pdf.getBytes(ISO_8859_1));
    return PdfPages.of(text, 0, text.length);
  }
}
