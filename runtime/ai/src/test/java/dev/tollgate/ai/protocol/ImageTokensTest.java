package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.HexFormat;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageTokensTest {

  @ParameterizedTest
  @CsvSource({"png, 300, 250, 100", "gif, 300, 250, 100", "jpg, 301, 250, 101", "png, 5000, 5, 34"})
  void areThePixelsDividedBy750(String format, int width, int height, int tokens) throws Exception {
    assertThat(ImageTokens.of(image(format, width, height))).isEqualTo(tokens);
  }

  @ParameterizedTest
  @CsvSource({
    "524946460000000057454250565038580a00000000000000 2b0100f90000, 100",
    "5249464600000000574542505650384c000000002f2b413e00, 100",
    "5249464600000000574542505650382000000000000000 9d012a2c01fa00, 100",
  })
  void ofWebPAreReadFromEachOfItsKinds(String hex, int tokens) {
    var bytes = HexFormat.of().parseHex(hex.replace(" ", ""));

    assertThat(ImageTokens.of(Base64.getEncoder().encodeToString(bytes))).isEqualTo(tokens);
  }

  @Test
  void areNeverMoreThanThoseOfTheLargest() throws Exception {
    assertThat(ImageTokens.of(image("png", 3000, 2000))).isEqualTo(1600);
    assertThat(ImageTokens.of("/9j/4AAQ")).isEqualTo(1600);
    assertThat(ImageTokens.of("JVBERi0xLjcK")).isEqualTo(-1);
    assertThat(ImageTokens.of("!")).isEqualTo(-1);
  }

  @Test
  void areCountedOfEachImageThatIsAskedFor() throws Exception {
    var body =
        """
        {"model":"m","messages":[{"role":"user","content":[
         {"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}},
         {"type":"image","source":{"type":"url","url":"https://a/b.png"}},
         {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}}]}]}
        """
            .formatted(image("png", 300, 250));

    assertThat(
            ModelRequest.readToCount(body.getBytes(UTF_8), ProtocolLimits.defaults()).imageTokens())
        .isEqualTo(1700);
  }

  private static String image(String format, int width, int height) throws Exception {
    var out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, out);
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }
}
